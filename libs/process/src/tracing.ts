import type { BullMQOtel } from 'bullmq-otel';
import type { Logger } from './logger.ts';

/** A file version, by what its trace is named after. */
export interface TracedFile {
  readonly fileNo: number;
  readonly name: string;
}

/** The way of a complete file through the stages. */
export interface TracedWay extends TracedFile {
  readonly from: Date;
  readonly to: Date;
  readonly stages: readonly { readonly name: string; readonly from: Date; readonly to: Date }[];
  readonly about: Readonly<Record<string, string | number>>;
}

/**
 * Traces of this process. Each file version has one trace, whose id is made from its number and name. So every process adds to the same
 * one, and nothing has to be kept with what is staged.
 */
export interface Tracing {
  /** BullMQ's own option, which makes spans of jobs. */
  readonly telemetry: BullMQOtel;
  /** The context of a file as BullMQ keeps it with a job. */
  contextOf(file: TracedFile): string;
  /** Does work as a part of the trace of a file, or without one in a trace of its own. */
  within<T>(file: TracedFile | undefined, work: () => Promise<T>): Promise<T>;
  /** Links the span in progress to the traces of files. */
  link(files: readonly TracedFile[]): void;
  /** The names of the span in progress, or of a file's trace, for a line of the log. */
  ids(file?: TracedFile): { readonly trace_id?: string; readonly span_id?: string };
  /** Adds the span of a whole file, and one for each of its stages. */
  tell(way: TracedWay): void;
  /** Sends what is not sent yet. */
  close(): Promise<void>;
}

let current: Tracing | undefined;

/** The traces of this process; undefined when OTEL_EXPORTER_OTLP_ENDPOINT is not set. */
export function tracing(): Tracing | undefined {
  return current;
}

/** A path and not a name, so that the built programs load it from here and do not have it in them. */
const SDK = new URL('./tracing-sdk.ts', import.meta.url);

/** Begins to send traces. Only this loads OpenTelemetry. */
export async function startTracing(endpoint: string, role: string, log: Logger): Promise<void> {
  const { openTracing }: typeof import('./tracing-sdk.ts') = await import(SDK.href);
  current = openTracing(endpoint, role, log);
}
