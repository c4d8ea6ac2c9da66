import type uPlot from 'uplot';
import type { Series } from './answers.ts';

const NEAREST_PX = 4;

/** Marks a flush with a tick on the time axis, and the start of a process with a dashed line. */
export function paintMarks(plot: uPlot, marks: Series['marks'], colour: string): void {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  const bottom = bbox.top + bbox.height;
  ctx.save();
  ctx.strokeStyle = colour;
  ctx.lineWidth = ratio;
  let last = Number.NEGATIVE_INFINITY;
  for (const { time, kind } of marks) {
    const x = plot.valToPos(time, 'x', true);
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    const flush = kind === 'flush';
    // Ticks closer to each other would merge into a bar.
    if (flush && Math.abs(x - last) < NEAREST_PX * ratio) continue;
    if (flush) last = x;
    ctx.setLineDash(flush ? [] : [4 * ratio, 4 * ratio]);
    ctx.beginPath();
    ctx.moveTo(x, flush ? bottom - 6 * ratio : bbox.top);
    ctx.lineTo(x, bottom);
    ctx.stroke();
  }
  ctx.restore();
}
