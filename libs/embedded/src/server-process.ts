import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, renameSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Account } from './server-folder.ts';

const POLL_MS = 25;

/** How to run a program: a command in front of it, the account to run as, and where to find libraries. */
export interface Launcher {
  readonly prefix: readonly string[];
  readonly account?: Account;
  readonly libraryPath?: string;
}

/** A program that was just spawned. `ended` says how it ended, once it has. */
export interface Launched {
  readonly pid: number;
  ended(): string | undefined;
}

/** The environment of a server. It takes nothing from ours, which may hold addresses with passwords. */
export function serverEnvironment(launcher: Launcher): NodeJS.ProcessEnv {
  const libraries = launcher.libraryPath ? { LD_LIBRARY_PATH: launcher.libraryPath } : {};
  return { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC', ...libraries };
}

/**
 * Spawns a server in a session of its own, so that a terminal's Ctrl-C, which signals the whole group, does not reach it.
 * Its output goes to `logFile`; the log of the previous run stays beside it as `<logFile>.1`.
 */
export function launch(o: {
  launcher: Launcher;
  program: string;
  args: readonly string[];
  folder: string;
  logFile: string;
  input?: string;
}): Launched {
  const [command = o.program, ...args] = [...o.launcher.prefix, o.program, ...o.args];
  if (existsSync(o.logFile)) renameSync(o.logFile, `${o.logFile}.1`);
  const log = openSync(o.logFile, 'a', 0o600);
  try {
    const child = spawn(command, args, {
      cwd: o.folder,
      detached: true,
      env: serverEnvironment(o.launcher),
      stdio: [o.input === undefined ? 'ignore' : 'pipe', log, log],
      ...(o.launcher.account ?? {}),
    });
    let ended: string | undefined;
    child.once('error', (error) => {
      ended ??= error.message;
    });
    child.once('exit', (code, signal) => {
      ended ??= signal ? `was ended by ${signal}` : `exited with code ${code}`;
    });
    // A server that dies before it has read its settings is reported through `ended`.
    child.stdin?.on('error', (error) => {
      ended ??= error.message;
    });
    child.stdin?.end(o.input);
    child.unref();
    return { pid: child.pid ?? -1, ended: () => ended };
  } finally {
    closeSync(log);
  }
}

/** Waits until the condition holds. Returns false when it still does not after `timeoutMs`. */
export async function holdsWithin(
  timeoutMs: number,
  condition: () => boolean | Promise<boolean>,
): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > deadline) return false;
    await pause(POLL_MS);
  }
  return true;
}

/** Sends each signal in turn until the process is gone. Does nothing when it is gone already. */
export async function terminate(
  pid: number,
  isAlive: () => boolean,
  steps: readonly { signal: NodeJS.Signals; waitMs: number }[],
): Promise<void> {
  for (const { signal, waitMs } of steps) {
    if (!isAlive()) return;
    try {
      process.kill(pid, signal);
    } catch (error) {
      if (isAlive()) throw error; // Otherwise it ended between the check and the signal.
    }
    if (await holdsWithin(waitMs, () => !isAlive())) return;
  }
  if (isAlive()) throw new Error(`process ${pid} is still alive after ${steps.at(-1)?.signal}`);
}

/** Sends `request` to 127.0.0.1 and returns the answer, or '' when there is none (refused, closed, or too slow). */
export function exchange(
  port: number,
  request: Buffer,
  isWhole: (reply: Buffer) => boolean,
): Promise<Buffer> {
  return new Promise((resolve) => {
    let reply = Buffer.alloc(0);
    const socket = connect({ host: '127.0.0.1', port });
    const end = () => {
      socket.destroy();
      resolve(reply);
    };
    socket.setTimeout(2_000, end);
    socket.once('connect', () => socket.write(request));
    socket.on('data', (bytes) => {
      reply = Buffer.concat([reply, bytes]);
      if (isWhole(reply)) end();
    });
    socket.once('error', end);
    socket.once('close', end);
  });
}
