import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { builtScript, firstLine, PAGE, PLOTS, SCRIPT } from '../apps/dashboard/src/page-script.ts';

/** Puts the modules of the dashboard's page into one script, which a browser loads with one request instead of sixty. */
export async function buildPage({ rolldown }: typeof import('rolldown')): Promise<void> {
  if (builtScript() !== undefined) return;
  const first = firstLine();
  const bundle = await rolldown({ input: join(PAGE, 'main.ts'), platform: 'browser' });
  const { output } = await bundle.generate({ format: 'esm', codeSplitting: false, minify: true });
  await bundle.close();
  // The licence of this library wants its notice in every copy, and minifying removes it.
  const [notice = ''] = /^\/\*\*.*?\*\/\n/s.exec(readFileSync(PLOTS, 'utf8')) ?? [];
  mkdirSync(dirname(SCRIPT), { recursive: true });
  const draft = `${SCRIPT}.${process.pid}`;
  writeFileSync(draft, `${first}${notice}${output[0].code}`);
  renameSync(draft, SCRIPT);
}
