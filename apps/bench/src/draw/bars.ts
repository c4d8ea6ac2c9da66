/** A picture of horizontal bars. Each bar has one part, or several that are stacked. */
export interface Bars {
  readonly title: string;
  /** What a value is, below the title. */
  readonly unit: string;
  /** The names of the parts, if bars have several. */
  readonly parts: readonly string[];
  readonly bars: readonly Bar[];
}

interface Bar {
  readonly label: string;
  readonly values: readonly number[];
  /** Stands behind the bar. */
  readonly note: string;
}

const [WIDTH, LABELS, NOTES] = [760, 250, 130];
const [TOP, ROW, BAR] = [74, 30, 18];
/** Colours that can be told apart on white and on black, and by people who do not see all colours. */
const COLOURS = ['#3b7dd8', '#e08214', '#5aa05a', '#b074c4', '#888888'];

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const text = (x: number, y: number, content: string, kind = ''): string =>
  `<text x="${x.toFixed(1)}" y="${y}"${kind && ` class="${kind}"`}>${escaped(content)}</text>`;

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

/** Draws bars as SVG. The text is dark on light, or light on dark where the reader's system is. */
export function drawBars({ title, unit, parts, bars }: Bars): string {
  const most = Math.max(...bars.map(({ values }) => sumOf(values)), Number.MIN_VALUE);
  const scale = (WIDTH - LABELS - NOTES) / most;
  const rows = bars.flatMap(({ label, values, note }, i) => {
    const y = TOP + i * ROW;
    const from = (at: number) => LABELS + sumOf(values.slice(0, at)) * scale;
    const boxes = values.map(
      (value, at) =>
        `<rect x="${from(at).toFixed(1)}" y="${y}" width="${(value * scale).toFixed(1)}" height="${BAR}" fill="${COLOURS[at % COLOURS.length]}"/>`,
    );
    const middle = y + BAR - 4;
    return [text(LABELS - 10, middle, label, 'end'), ...boxes, text(from(values.length) + 8, middle, note)];
  });
  const legend = parts.flatMap((name, at) => {
    const x = LABELS + at * 120;
    return [
      `<rect x="${x}" y="50" width="10" height="10" fill="${COLOURS[at % COLOURS.length]}"/>`,
      text(x + 15, 59, name),
    ];
  });
  const height = TOP + bars.length * ROW + 8;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escaped(title).replaceAll('"', '&quot;')}">
<style>
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.title { font-weight: 600; font-size: 15px } .unit { fill: #59636e } .end { text-anchor: end }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .unit { fill: #9198a1 } }
</style>
${[text(8, 22, title, 'title'), text(8, 41, unit, 'unit'), ...legend, ...rows].join('\n')}
</svg>
`;
}
