import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Config } from './config.ts';
import { limitedServer } from './http-server.ts';
import type { Logger } from './logger.ts';
import { ALIVE, type ProbeAnswer, queryFault, type Readiness, readyAnswer } from './probes.ts';
import type { Stage } from './stage-tallies.ts';

/** The number of ports that are tried, so that this many processes of one machine can serve metrics. */
const PORTS = 100;

/** What to serve and where. */
interface MetricsServerOptions {
  readonly role: string;
  /** What of the work this process does. */
  readonly stages: readonly Stage[];
  readonly config: Pick<Config, 'metricsHost' | 'metricsPort'>;
  readonly log: Logger;
  ready(): Promise<Readiness>;
  /** Whether the header `Authorization` shows the token of a user, who may see more than the probes. */
  isKnown(authorization: string | undefined): boolean;
}

let served: string | undefined;

/** The address at which this process serves its metrics, if it does. The fleet shows it. */
export function metricsAddress(): string | undefined {
  return served;
}

/**
 * Serves `/livez`, `/readyz` and, to clients that show a token, `/metrics` of this process if METRICS_PORT is set. Several
 * processes on one machine each take the next free port. If no port is free, the process works without the endpoints.
 */
export async function serveMetrics(options: MetricsServerOptions): Promise<void> {
  const { role, log } = options;
  const { metricsHost: host, metricsPort: first } = options.config;
  if (first === undefined) return;
  // Imported only here, because most processes serve no metrics and loading the library takes a tenth of their start.
  const [{ metricsAnswer, processMetrics }, { addStages }] = await Promise.all([
    import('./metrics.ts'),
    import('./stage-metrics.ts'),
  ]);
  const metrics = processMetrics(role);
  addStages(metrics, options.stages);
  const textFor = async (accept: string | undefined) => await metricsAnswer([metrics], accept);
  const server = limitedServer((request, response) => {
    answer(request, response, textFor, options).catch((error: unknown) => {
      log.error({ err: error }, 'a probe could not be answered');
      response.destroy();
    });
  });
  // The probe server must not keep a process alive that wants to end.
  server.unref();
  for (let port = first; port < first + PORTS && port < 65_536; port += 1) {
    const failure = await tryPort(server, host, port);
    if (failure === undefined) {
      served = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
      log.info({ address: served }, 'metrics and health are served');
      return;
    }
    if (failure.code === 'EADDRINUSE') continue;
    log.error(
      { reason: failure.message },
      'metrics and health are not served: check METRICS_HOST and METRICS_PORT',
    );
    return;
  }
  log.error({ host, from: first }, 'metrics and health are not served: no port is free from METRICS_PORT on');
}

const NEEDS_TOKEN =
  'a token is needed: "npm run sluice -- user token NAME" makes one, show it as "Authorization: Bearer"\n';

async function tryPort(
  server: Server,
  host: string,
  port: number,
): Promise<NodeJS.ErrnoException | undefined> {
  try {
    server.listen({ host, port, exclusive: true });
    await once(server, 'listening');
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

const TEXT = 'text/plain; charset=utf-8';
const METHODS = 'GET, HEAD, OPTIONS';

/** What is served, and the keys that a query may have there. */
const QUERY_KEYS = new Map<string, readonly string[]>([
  ['/metrics', []],
  ['/livez', ['verbose']],
  ['/readyz', ['verbose']],
]);

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  textFor: (accept: string | undefined) => Promise<{ readonly type: string; readonly text: string }>,
  { ready, isKnown }: MetricsServerOptions,
): Promise<void> {
  const known = () => isKnown(request.headers.authorization);
  // The URL is split and not parsed, because a client may send anything here.
  const [path = '', text = ''] = (request.url ?? '/').split('?', 2);
  const query = new URLSearchParams(text);
  const keys = QUERY_KEYS.get(path);
  if (keys === undefined) return send(response, 404, TEXT, 'there are /metrics, /livez and /readyz\n');
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', METHODS);
    return send(response, request.method === 'OPTIONS' ? 204 : 405, TEXT, '');
  }
  const fault = queryFault([...query.keys()], keys);
  if (fault !== undefined) return send(response, 400, TEXT, `${fault}\n`);
  if (path === '/livez') return sendProbe(response, ALIVE);
  if (path === '/readyz') {
    const verbose = query.has('verbose');
    return sendProbe(response, readyAnswer(await ready(), { verbose, known: verbose && known() }));
  }
  if (!known()) {
    response.setHeader('www-authenticate', 'Bearer');
    return send(response, 401, TEXT, NEEDS_TOKEN);
  }
  const { type, text: metrics } = await textFor(request.headers.accept);
  response.setHeader('vary', 'accept');
  return send(response, 200, type, metrics);
}

function sendProbe(response: ServerResponse, { status, type, body }: ProbeAnswer): void {
  send(response, status, type, body);
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body);
}
