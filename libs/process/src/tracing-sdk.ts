import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import {
  type Context,
  context,
  DiagLogLevel,
  diag,
  propagation,
  ROOT_CONTEXT,
  type SpanContext,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  RandomIdGenerator,
  type Sampler,
  SamplingDecision,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { BullMQOtel } from 'bullmq-otel';
import type { Logger } from './logger.ts';
import type { TracedFile, TracedWay, Tracing } from './tracing.ts';
import { version } from './version.ts';

/** What BullMQ does by itself all the time. It would hide the spans of the work. */
const HOUSEKEEPING =
  /^(?:getNextJob|startStalledCheckTimer|moveStalledJobsToWait|extendLocks|pause|resume|close|remove)\b/;

const sampler: Sampler = {
  shouldSample: (_, __, name) => ({
    decision: HOUSEKEEPING.test(name) ? SamplingDecision.NOT_RECORD : SamplingDecision.RECORD_AND_SAMPLED,
  }),
  toString: () => 'all but housekeeping',
};

/** How long the end of a process waits for a collector that does not answer. */
const CLOSE_WITHIN_MS = 3_000;

/** The ids of the span of a whole file. Every process that knows the file gets the same. */
function rootOf({ fileNo, name }: TracedFile): SpanContext {
  const hash = createHash('sha256').update(`${fileNo} ${name}`).digest('hex');
  return {
    traceId: hash.slice(0, 32),
    spanId: hash.slice(32, 48),
    traceFlags: TraceFlags.SAMPLED,
    isRemote: true,
  };
}

const within = (file: TracedFile): Context => trace.setSpanContext(ROOT_CONTEXT, rootOf(file));

/** Random ids, except for a span whose ids are given. */
class Ids extends RandomIdGenerator {
  given: SpanContext | undefined;

  constructor() {
    super();
    const [newTraceId, newSpanId] = [this.generateTraceId, this.generateSpanId];
    this.generateTraceId = () => this.given?.traceId ?? newTraceId();
    this.generateSpanId = () => this.given?.spanId ?? newSpanId();
  }
}

/** Opens the traces of a process. The standard variables of OpenTelemetry, such as OTEL_EXPORTER_OTLP_HEADERS, hold. */
export function openTracing(endpoint: string, role: string, log: Logger): Tracing {
  const tell = (message: string) => log.warn({ reason: message }, 'traces cannot be sent');
  diag.setLogger(
    { error: tell, warn: tell, info: () => undefined, debug: () => undefined, verbose: () => undefined },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
  const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/$/, '')}/v1/traces` });
  const ids = new Ids();
  const own = resourceFromAttributes({
    'service.name': `sluice-${role}`,
    'service.version': version,
    'service.instance.id': `${hostname()}-${process.pid}`,
  });
  const provider = new TracerProvider({
    sampler,
    resource: defaultResource()
      .merge(own)
      .merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [new BatchSpanProcessor({ exporter, scheduledDelayMillis: 1_000 })],
    idGenerator: ids,
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(provider);
  const tracer = provider.getTracer('sluice', version);
  return {
    telemetry: new BullMQOtel({ tracerName: 'bullmq', version }),
    contextOf: (file) => {
      const carrier = {};
      propagation.inject(within(file), carrier);
      return JSON.stringify(carrier);
    },
    within: (file, work) => context.with(file === undefined ? ROOT_CONTEXT : within(file), work),
    link: (files) => {
      trace
        .getActiveSpan()
        ?.addLinks(
          files.map((file) => ({ context: rootOf(file), attributes: { 'sluice.file': file.name } })),
        );
    },
    ids: (file) => {
      const span = file === undefined ? trace.getActiveSpan()?.spanContext() : rootOf(file);
      return span === undefined ? {} : { trace_id: span.traceId, span_id: span.spanId };
    },
    tell: (way: TracedWay) => {
      const batch = trace.getActiveSpan()?.spanContext();
      ids.given = rootOf(way);
      const file = tracer.startSpan(
        'file',
        {
          root: true,
          startTime: way.from,
          attributes: { 'sluice.file': way.name, 'sluice.file_no': way.fileNo, ...way.about },
          links: batch === undefined ? [] : [{ context: batch }],
        },
        ROOT_CONTEXT,
      );
      ids.given = undefined;
      for (const { name, from, to } of way.stages)
        tracer.startSpan(name, { startTime: from }, within(way)).end(to);
      file.end(way.to);
    },
    close: async () => {
      const patience = AbortSignal.timeout(CLOSE_WITHIN_MS);
      const tooLate = new Promise((resolve) => patience.addEventListener('abort', resolve, { once: true }));
      await Promise.race([provider.shutdown(), tooLate]);
    },
  };
}
