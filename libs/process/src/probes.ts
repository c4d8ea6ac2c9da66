import { hideSecrets } from './secrets.ts';

/** Whether a process can do its work now, and what it looked at. `reason` is null where all is well. */
export interface Readiness {
  readonly ready: boolean;
  readonly checks: readonly { readonly name: string; readonly reason: string | null }[];
}

/** What a probe answers with. */
export interface ProbeAnswer {
  readonly status: 200 | 503;
  readonly type: string;
  readonly body: string;
}

const TEXT = 'text/plain; charset=utf-8';

/** `/livez`: the process answers, and so it lives. */
export const ALIVE: ProbeAnswer = { status: 200, type: TEXT, body: 'ok\n' };

/** `/readyz`; with `verbose` one line for each check. Why one fails names hosts and addresses: that is not for everybody. */
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
