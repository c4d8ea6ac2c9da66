import { execFile } from 'node:child_process';
import type { Account } from './server-folder.ts';
import { type Launcher, serverEnvironment } from './server-process.ts';

/** How a program ended. `ok` is exit code 0. */
export interface Outcome {
  readonly ok: boolean;
  /** Standard output followed by standard error, or the reason why it could not be run. */
  readonly output: string;
}

/** Runs a program to its end, without a shell, and returns how it went instead of throwing. */
export function runProgram(
  program: string,
  args: readonly string[],
  o: { launcher?: Launcher; folder?: string; input?: string; timeoutMs?: number } = {},
): Promise<Outcome> {
  const launcher: Launcher = o.launcher ?? { prefix: [] };
  const [command = program, ...rest] = [...launcher.prefix, program, ...args];
  const account: Account | undefined = launcher.account;
  return new Promise((resolve) => {
    const child = execFile(
      command,
      rest,
      {
        env: serverEnvironment(launcher),
        timeout: o.timeoutMs ?? 300_000,
        maxBuffer: 16 * 1024 * 1024,
        ...(o.folder && { cwd: o.folder }),
        ...(account ?? {}),
      },
      (error, stdout, stderr) => {
        const reason = error && stdout === '' && stderr === '' ? error.message : '';
        resolve({ ok: error === null, output: `${stdout}${stderr}${reason}` });
      },
    );
    // A program that ends before it has read its input reports that with its exit code.
    child.stdin?.on('error', () => child.stdin?.destroy());
    child.stdin?.end(o.input);
  });
}
