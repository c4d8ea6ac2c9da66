import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { createRequire, stripTypeScriptTypes } from 'node:module';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FastifyInstance } from 'fastify';

const FOLDER = fileURLToPath(new URL('../page/', import.meta.url));
const plots = createRequire(import.meta.url).resolve('uplot/dist/uPlot.esm.js');

/** The files that the page loads besides its own: address -> file. */
const BESIDE: Readonly<Record<string, string>> = {
  '/uplot.js': plots,
  '/uplot.css': join(plots, '../uPlot.min.css'),
};

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.ts': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webmanifest': 'application/manifest+json',
};

/**
 * Serves the page's files. All of them are known at the start, so an address is never used as a file path. TypeScript is served
 * with its types stripped, as Node runs it.
 */
export async function servePage(app: FastifyInstance): Promise<void> {
  const names = await readdir(FOLDER, { recursive: true });
  const own = names.filter((name) => TYPES[extname(name)] !== undefined);
  const files = new Map(own.map((name) => [`/${name}`, join(FOLDER, name)]));
  for (const [address, file] of Object.entries(BESIDE)) files.set(address, file);
  const index = files.get('/index.html');
  if (index !== undefined) files.set('/', index);
  for (const [address, file] of files) addFile(app, address, file);
}

function addFile(app: FastifyInstance, address: string, file: string): void {
  let served: { readonly content: Buffer; readonly tag: string } | undefined;
  app.get(address, async (request, reply) => {
    served ??= read(file);
    void reply.header('cache-control', 'no-cache').header('etag', served.tag);
    if (request.headers['if-none-match'] === served.tag) return await reply.status(304).send();
    return await reply.type(TYPES[extname(file)] ?? 'application/octet-stream').send(served.content);
  });
}

function read(file: string): { readonly content: Buffer; readonly tag: string } {
  const bytes = readFileSync(file);
  const content = extname(file) === '.ts' ? Buffer.from(withoutTypes(bytes.toString('utf8'))) : bytes;
  return { content, tag: `"${createHash('sha256').update(content).digest('base64url').slice(0, 22)}"` };
}

/** Strips the types, and replaces the package name with an address, because a browser cannot resolve package names. */
function withoutTypes(source: string): string {
  return stripTypeScriptTypes(source).replaceAll(/(\bfrom\s*)(['"])uplot\2/g, '$1$2/uplot.js$2');
}
