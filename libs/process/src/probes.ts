import { hideSecrets } from './secrets.ts';

/** Whether a process can do its work now, with the checks behind it. The `reason` of a check is null if it passed. */
export interface Readiness {
  readonly ready: boolean;
  readonly checks: readonly { readonly name: string; readonly reason: string | null }[];
}

/** The answer of a probe. */
export interface ProbeAnswer {
  readonly status: 200 | 503;
  readonly type: string;
  readonly body: string;
}

const TEXT = 'text/plain; charset=utf-8';

/** The answer of `/livez`: a process that answers is alive. */
export const ALIVE: ProbeAnswer = { status: 200, type: TEXT, body: 'ok\n' };

/** The answer of `/readyz`, with one line per check if `verbose`. Only known users see reasons, which name hosts and addresses. */
export function readyAnswer(
  { ready, checks }: Readiness,
  { verbose, known }: { readonly verbose: boolean; readonly known: boolean },
): ProbeAnswer {
  const why = (reason: string): string => (known ? `: ${hideSecrets(reason)}` : '');
  const lines = checks.map(({ name, reason }) =>
    reason === null ? `[+] ${name} ok` : `[-] ${name} failed${why(reason)}`,
  );
  const verdict = ready ? 'ok' : 'not ready';
  return {
    status: ready ? 200 : 503,
    type: TEXT,
    body: `${[...(verbose ? lines : []), verdict].join('\n')}\n`,
  };
}

/** What is wrong with the keys of a query; undefined if all are known. */
export function queryFault(keys: readonly string[], known: readonly string[]): string | undefined {
  const unknown = keys.filter((key) => !known.includes(key));
  if (unknown.length === 0) return undefined;
  const named = unknown.map((key) => JSON.stringify(key)).join(', ');
  const which = known.length === 0 ? 'there are none here' : `known here: ${known.join(', ')}`;
  return `unknown ${unknown.length === 1 ? 'key' : 'keys'} in the query: ${named}; ${which}`;
}
