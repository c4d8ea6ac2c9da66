import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

/** The folder of the page's own files. */
export const PAGE = fileURLToPath(new URL('../page/', import.meta.url));

/** The library of the plots. */
export const PLOTS = createRequire(import.meta.url).resolve('uplot/dist/uPlot.esm.js');

/**
 * Where the page's modules are put together as one script.
 *
 * @public for the build
 */
export const SCRIPT = fileURLToPath(new URL('../../../.cache/page.js', import.meta.url));

/**
 * The first line of a script that is made from the modules as they are now. It goes by their content, because a copy of them, as
 * in an image, may have other times.
 *
 * @public for the build
 */
export function firstLine(): string {
  const hash = createHash('sha256').update(readFileSync(PLOTS));
  for (const name of globSync('**/*.ts', { cwd: PAGE }).sort())
    hash.update(`\n${name}\n`).update(readFileSync(`${PAGE}${name}`));
  return `// ${hash.digest('base64url')}\n`;
}

/** The script, if it is made from the modules as they are now. Undefined: the modules are served one by one. */
export function builtScript(): Buffer | undefined {
  let script: Buffer;
  try {
    script = readFileSync(SCRIPT);
  } catch {
    return undefined; // Nothing was built, or it cannot be read.
  }
  return script.indexOf(firstLine()) === 0 ? script : undefined;
}
