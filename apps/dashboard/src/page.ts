import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { extname, join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { compressed, type Encoding, encodingFor } from './compression.ts';
import { PAGE, PLOTS } from './page-script.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.ts': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Another content has another address. Only those who are logged in get these files, so no shared cache may have them. */
const KEPT = 'private, max-age=31536000, immutable';

/** A file as it is sent. */
interface Sent {
  readonly content: Buffer;
  readonly hash: string;
}

/**
 * Serves the page: its frame, one style, one script, and an icon. The addresses of style and script have a hash of the content, so
 * that a browser keeps them until they change. Without a script that is made of the modules they are served one by one.
 * All files are known at the start, so an address is never used as a file path.
 */
export function servePage(app: FastifyInstance, script: Buffer | undefined): void {
  const frame = readFileSync(join(PAGE, 'index.html'), 'utf8');
  const style = sent(Buffer.concat(stylesOf(frame).map((file) => readFileSync(file))));
  const built = script && sent(script);
  const styleAt = `/page-${style.hash}.css`;
  const scriptAt = built ? `/page-${built.hash}.js` : '/main.ts';
  addFile(app, styleAt, () => style, { cache: KEPT });
  if (built) addFile(app, scriptAt, () => built, { cache: KEPT });
  else addModules(app);
  addFile(app, '/icon.svg', () => sent(readFileSync(join(PAGE, 'icon.svg'))), { cache: 'max-age=86400' });
  const page = frame
    .replace(
      /( *<link rel="stylesheet" href=").*(">\n)(?:\1.*\2)*/,
      (_, begin, end) => `${begin}${styleAt}${end}`,
    )
    .replace('/main.ts', scriptAt);
  addFile(app, '/', () => sent(Buffer.from(page)), { type: '.html' });
}

/** The files of the styles, in the order that the frame gives them. */
function stylesOf(frame: string): string[] {
  const names = [...frame.matchAll(/<link rel="stylesheet" href="\/(.*)">/g)].map(([, name]) => name ?? '');
  return names.map((name) => (name === 'uplot.css' ? join(PLOTS, '../uPlot.min.css') : join(PAGE, name)));
}

/** The modules, with their types stripped, as Node runs them. A browser cannot resolve the name of a package. */
function addModules(app: FastifyInstance): void {
  for (const name of globSync('**/*.ts', { cwd: PAGE })) {
    addFile(app, `/${name}`, () => {
      const code = stripTypeScriptTypes(readFileSync(join(PAGE, name), 'utf8'));
      return sent(Buffer.from(code.replaceAll(/(\bfrom\s*)(['"])uplot\2/g, '$1$2/uplot.js$2')));
    });
  }
  addFile(app, '/uplot.js', () => sent(readFileSync(PLOTS)));
}

function sent(content: Buffer): Sent {
  return { content, hash: createHash('sha256').update(content).digest('base64url').slice(0, 22) };
}

/**
 * @param o.cache how long a browser may use it without asking again
 */
function addFile(
  app: FastifyInstance,
  address: string,
  read: () => Sent,
  { type = extname(address), cache = 'no-cache' }: { readonly type?: string; readonly cache?: string } = {},
): void {
  let file: Sent | undefined;
  const inEncodings = new Map<Encoding, Promise<Buffer>>();
  app.get(address, async (request, reply) => {
    file ??= read();
    const tag = `W/"${file.hash}"`;
    void reply
      .type(TYPES[type] ?? 'application/octet-stream')
      .header('cache-control', cache)
      .headers({ etag: tag, vary: 'accept-encoding' });
    if (request.headers['if-none-match'] === tag) return await reply.status(304).send();
    const encoding = encodingFor(request);
    if (encoding === undefined) return await reply.send(file.content);
    const smaller = inEncodings.get(encoding) ?? compressed(file.content, encoding);
    inEncodings.set(encoding, smaller);
    return await reply.header('content-encoding', encoding).send(await smaller);
  });
}
