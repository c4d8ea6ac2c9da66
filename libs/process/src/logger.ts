import { createRequire } from 'node:module';
import { isatty } from 'node:tty';
import { destination, type Logger, pino, stdSerializers } from 'pino';
import { forPeople } from './fold.ts';
import { LogFile } from './log-file.ts';
import { hideSecretsInJson } from './secrets.ts';
import type { LogLevel } from './settings.ts';
import { tracing } from './tracing.ts';

export type { Logger } from 'pino';

const require = createRequire(import.meta.url);

/** Loaded only when a terminal needs pretty lines, because loading it would delay the start of every process. */
const pinoPretty = (): typeof import('pino-pretty') => require('pino-pretty');

/** JSON's own escapes, and the characters that JSON leaves raw: DEL, C1 controls, line separators, bidirectional overrides. */
const harmful = /\\(?:u[0-9a-f]{4}|.)|[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/gi;

/**
 * A line of JSON in which no text can move the cursor of a terminal or hide other text (I10). `rendered` lines are
 * decoded before they are shown, so their control characters are escaped once more. Their line breaks stay, because
 * the pretty form indents the text after them.
 */
function harmless(line: string, rendered: boolean): string {
  return line.replace(harmful, (found) => {
    if (found.length === 1)
      return `${rendered ? '\\\\' : '\\'}u${found.charCodeAt(0).toString(16).padStart(4, '0')}`;
    return rendered && /^\\[urbf]/.test(found) ? `\\${found}` : found;
  });
}

/** Logs only these fields, because others of a driver's error may hold values of rows (PostgreSQL's `detail`, `where`; I10). */
function describeError(error: unknown): object {
  if (!(error instanceof Error)) return { type: typeof error, message: String(error) };
  const { type, message, stack } = stdSerializers.err(error);
  const code = 'code' in error ? { code: error.code } : {};
  const hint = 'hint' in error ? { hint: error.hint } : {};
  return { type, message, ...code, ...hint, stack };
}

/** The pretty form of a line for a terminal. It also takes lines of other processes. */
export function prettyLine(colorize: boolean): (line: string) => string {
  const render = pinoPretty().prettyFactory({
    colorize,
    translateTime: 'HH:MM:ss.l',
    ignore: 'pid,app',
    singleLine: true,
    messageFormat: (log, key) => `${log.app} ${String(log[key] ?? '').replaceAll('\n', '\\n')}`,
  });
  return (line) => forPeople(render(harmless(line, true)) ?? '', process.stderr);
}

/**
 * Makes a logger that writes a line of JSON for each entry, or a pretty line when the stream is a terminal (without colours
 * when `NO_COLOR` is set). It writes synchronously, so nothing is lost when the process exits. It falls silent when its
 * reader is gone (EPIPE). Known secrets and passwords in URLs never appear.
 *
 * @param role what this process is (`watcher`, `worker`), for the `app` field
 * @param fd 1 (stdout), or 2 for commands whose stdout is data
 * @param folder where a {@link LogFile} gets the same lines as JSON
 */
export function createLogger(role: string, level: LogLevel, fd: 1 | 2 = 1, folder?: string): Logger {
  const pretty = isatty(fd) ? prettyLine(pinoPretty().isColorSupported) : undefined;
  const file = folder === undefined ? undefined : new LogFile(folder, role);
  const streamWrite = (line: string): string => {
    const hidden = hideSecretsInJson(line);
    const plain = file || !pretty ? harmless(hidden, false) : '';
    file?.write(plain);
    return pretty ? pretty(hidden) : plain;
  };
  return pino(
    {
      level,
      base: { app: role, pid: process.pid },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      // A line that belongs to a trace names it.
      mixin: () => tracing()?.ids() ?? {},
      serializers: { err: describeError },
      hooks: { streamWrite },
    },
    destination({ fd, sync: true }),
  );
}
