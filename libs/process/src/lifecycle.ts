import { type Config, ConfigError, type Flags, loadConfig } from './config.ts';
import { messageOf } from './errors.ts';
import { fileTrouble } from './file-trouble.ts';
import { forPeople } from './fold.ts';
import { createLogger, type Logger } from './logger.ts';
import { startTracing, tracing } from './tracing.ts';

/** What the `main` of an app receives. */
export interface App {
  readonly config: Config;
  readonly log: Logger;
  /** Fires when the app must end, because of a signal or because the supervisor is gone. `reason` is a text. */
  readonly stopping: AbortSignal;
}

interface RunOptions {
  /** How many milliseconds `main` may take to return after it was asked to stop. */
  readonly stopWithin?: number;
  /** The file descriptor for the log: 1 (stdout), or 2 for commands whose stdout is data. */
  readonly logTo?: 1 | 2;
  /** Whether it sends traces when there is a collector. */
  readonly traced?: boolean;
}

/**
 * How long an app may take to stop. Whoever ends it by force, such as an orchestrator, has to wait longer.
 *
 * @internal Exported for tests.
 */
export const STOP_WITHIN_MS = 25_000;

/** Milliseconds within which two signals count as one: npm passes on a Ctrl-C that the terminal has already sent to the child. */
const sameWish = 500;

/**
 * Runs an app from its settings to its exit, and does not return.
 *
 * `main` returns after `stopping` fires, or when its work is done. The exit code is then 0, or the value that it has put
 * in `process.exitCode`. The first SIGINT or SIGTERM, or the loss of the supervisor's IPC channel, fires `stopping`. A
 * second signal exits at once with 130. Wrong settings exit with 2. An error of `main`, or a `main` that has not
 * returned within `stopWithin`, exits with 1. An error that has a `hint` is reported without its stack.
 */
export async function runApp(
  role: string,
  flags: Flags,
  main: (app: App) => Promise<void>,
  { stopWithin = STOP_WITHIN_MS, logTo = 1, traced = false }: RunOptions = {},
): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', ignoreBrokenPipe);
  const config = configOrExit(flags);
  const log = createLogger(role, config.logLevel, logTo, config.logDir);
  for (const warning of config.warnings) log.warn(warning);
  const failed = (error: unknown): never => {
    tellFailure(log, role, error);
    process.exit(1);
  };
  process.on('uncaughtException', failed);
  process.on('unhandledRejection', failed);

  const stopping = stopSignal(log, stopWithin);
  // Without a timer, Node would exit with code 13 when `main` waits only for `stopping`.
  setInterval(() => undefined, 2 ** 30);
  try {
    if (traced && config.otelEndpoint !== undefined) await startTracing(config.otelEndpoint, role, log);
    await main({ config, log, stopping });
    await tracing()?.close();
  } catch (error) {
    failed(error);
  }
  process.exit();
}

function configOrExit(flags: Flags): Config {
  try {
    return loadConfig({ flags });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${forPeople(error.message, process.stderr)}\n`);
    process.exit(2);
  }
}

/** When the reader of the log is gone (`| head`), the log falls silent and the work goes on. */
function ignoreBrokenPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}

function tellFailure(log: Logger, role: string, error: unknown): void {
  const trouble = fileTrouble(error);
  if (trouble !== undefined) tellFailure(log, role, trouble);
  else if (error instanceof Error && 'hint' in error) {
    log.fatal({ hint: error.hint }, `${role} ends: ${error.message}`);
  } else if (error instanceof ConfigError) {
    log.fatal(`${role} ends: ${error.message}`);
  } else {
    log.fatal({ err: error }, `${role} ends: ${messageOf(error)}`);
  }
}

function stopSignal(log: Logger, stopWithin: number): AbortSignal {
  const controller = new AbortController();
  let asked = 0;
  const stop = (reason: string): void => {
    asked = performance.now();
    log.info({ reason }, 'stopping');
    setTimeout(() => {
      log.fatal(
        `not stopped ${stopWithin} ms after ${reason}: ending with work in hand, which others take over`,
      );
      process.exit(1);
    }, stopWithin);
    controller.abort(reason);
  };
  const signalled = (signal: NodeJS.Signals): void => {
    if (!controller.signal.aborted) stop(signal);
    else if (performance.now() - asked > sameWish) process.exit(130);
  };
  process.on('SIGINT', signalled);
  process.on('SIGTERM', signalled);
  // A supervisor killed with SIGKILL cannot tell its children to stop, but its IPC channel closes.
  const abandoned = (): void => {
    if (!controller.signal.aborted) stop('the supervisor went away');
  };
  process.once('disconnect', abandoned);
  // The supervisor may have been killed while this process was still loading. Without an IPC channel this is undefined.
  if (process.connected === false) setImmediate(abandoned);
  return controller.signal;
}
