import { z } from 'zod';
import {
  databaseUrl,
  delimiter,
  file,
  folder,
  host,
  oneOf,
  password,
  port,
  redisPrefix,
  redisUrl,
  tableName,
  timeZone,
  token,
  trustedProxies,
  webUrl,
} from './setting-values.ts';
import { countSchema, durationOrSchema, durationSchema, limitOrSchema, sizeSchema } from './units.ts';

const day = 24 * 3_600_000;

/** The description of a setting, for the documentation and for messages. `default` is text as a user would write it. */
export interface Setting {
  readonly env: string;
  readonly default?: string;
  readonly description: string;
  /** `parts`: the value may contain a password, which is hidden when it is shown. `whole`: the value is never shown. */
  readonly secret?: 'parts' | 'whole';
}

const described = z.registry<Setting>();

const cleanUps = ['off', 'archive', 'delete'] as const;

const switches = ['off', 'on'] as const;

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** The names of pino's levels, which are the values of `LOG_LEVEL`. */
export type LogLevel = (typeof levels)[number];

/** Every setting, from text to value. This is the only place that defines the names of settings and their allowed values. */
export const settingsSchema = z
  .object({
    databaseUrl: databaseUrl().register(described, {
      env: 'DATABASE_URL',
      description:
        'PostgreSQL; or `PGHOST`, `PGPORT`, `PGDATABASE` (`ecommerce_streaming`), `PGUSER`, `PGPASSWORD`; TLS by `PGSSLMODE` and the like, as for psql; unset: the embedded server',
      secret: 'parts',
    }),
    databaseOwnerUrl: databaseUrl().register(described, {
      env: 'DATABASE_OWNER_URL',
      description:
        'the same database by the role that owns its tables, which `migrate` needs; unset: `DATABASE_URL`',
      secret: 'parts',
    }),
    databaseReadUrl: databaseUrl().register(described, {
      env: 'DATABASE_READ_URL',
      description:
        'the same database, or a replica of it, by a role that only reads, which the dashboard looks with; unset: `DATABASE_URL`',
      secret: 'parts',
    }),
    eventsTable: tableName.register(described, {
      env: 'EVENTS_TABLE',
      default: 'events',
      description:
        'the table that the feed of events fills, with its schema if that is not on the search path',
    }),
    redisUrl: redisUrl().register(described, {
      env: 'REDIS_URL',
      description: 'Redis or Valkey, with `rediss://` over TLS; unset: the embedded server',
      secret: 'parts',
    }),
    redisCaFile: file().register(described, {
      env: 'REDIS_CA_FILE',
      description: 'certificate of the CA that signed that of Redis; unset: those that this system trusts',
    }),
    redisCertFile: file().register(described, {
      env: 'REDIS_CERT_FILE',
      description: 'certificate that Redis is shown, if it asks for one',
    }),
    redisKeyFile: file().register(described, {
      env: 'REDIS_KEY_FILE',
      description: 'private key of that certificate, which nobody else can read',
    }),
    redisPrefix: redisPrefix.register(described, {
      env: 'REDIS_PREFIX',
      default: '{sluice}',
      description: 'what every Redis key begins with; its hash tag keeps them on one node of a cluster',
    }),
    dataDir: folder().register(described, {
      env: 'DATA_DIR',
      default: 'data',
      description: 'folder of the embedded servers, their state and the source folder',
    }),
    sourceDir: folder().register(described, {
      env: 'SOURCE_DIR',
      default: '<DATA_DIR>/input_data',
      description: 'folder where the files of events land; other feeds name their own',
    }),
    cleanSource: oneOf(cleanUps).register(described, {
      env: 'CLEAN_SOURCE',
      default: 'off',
      description: `what becomes of a file of events once all of it is committed: ${cleanUps.join(', ')}`,
    }),
    archiveDir: folder().register(described, {
      env: 'ARCHIVE_DIR',
      default: '<DATA_DIR>/archive',
      description:
        'folder for archived source files, by day: `YYYY/MM/DD/`; those of other feeds go to `<feed>/YYYY/MM/DD/`',
    }),
    quarantineDir: folder().register(described, {
      env: 'QUARANTINE_DIR',
      default: '<DATA_DIR>/quarantine',
      description:
        'folder for files that cannot be read as their feed says, when clean-up is on; those of other feeds go to `<feed>/`',
    }),
    feedsDir: folder().register(described, {
      env: 'FEEDS_DIR',
      default: 'config/feeds',
      description:
        'folder with one YAML file for each feed; if this default is missing, the feeds that Sluice ships with',
    }),
    csvDelimiter: delimiter.register(described, {
      env: 'CSV_DELIMITER',
      default: ',',
      description:
        'the character between two fields of a file of events; `tab` for a tab. It is never guessed',
    }),
    sourceTimezone: timeZone.register(described, {
      env: 'SOURCE_TIMEZONE',
      default: 'UTC',
      description: 'the time zone of the timestamps of events without an offset',
    }),
    rejectLimit: limitOrSchema('none').register(described, {
      env: 'REJECT_LIMIT',
      default: 'none',
      description:
        'rejects of a file of events, or their share of its records, above which it is quarantined whole, after a first pass over it',
    }),
    expansionLimit: countSchema(1, 1_000_000).register(described, {
      env: 'EXPANSION_LIMIT',
      default: '200',
      description: 'to how many times its size a compressed file of events may expand',
    }),
    retention: durationOrSchema('keep', 1000, 36_500 * day).register(described, {
      env: 'RETENTION',
      default: 'keep',
      description:
        "how long the ledger's detail, rejects and the audit are kept; `keep`: without end. What was loaded is never forgotten",
    }),
    flushInterval: durationSchema(100, day).register(described, {
      env: 'FLUSH_INTERVAL',
      default: '30s',
      description: 'how often staged rows are committed, at the latest; a full micro-batch goes at once',
    }),
    flushWhenIdle: durationOrSchema('off', 100, day).register(described, {
      env: 'FLUSH_WHEN_IDLE',
      default: '2s',
      description:
        'how long no file of a feed is found, queued or read before the rest of its rows is committed, without waiting for the flush interval; or off',
    }),
    reconcileInterval: durationSchema(100, day).register(described, {
      env: 'RECONCILE_INTERVAL',
      default: '30s',
      description:
        'how often feeds, their folders and the ledger are compared, so that no lost event loses a file',
    }),
    stableFor: durationSchema(0, day).register(described, {
      env: 'STABLE_FOR',
      default: '1s',
      description: 'how long a file must stay unchanged before it is read',
    }),
    unfinishedFor: durationSchema(0, day).register(described, {
      env: 'UNFINISHED_FOR',
      default: '10s',
      description: 'the same for a plain file whose last line has no line end: more of it may come',
    }),
    batchRows: countSchema(1, 1000).register(described, {
      env: 'BATCH_ROWS',
      default: '1000',
      description: 'rows of a micro-batch, at most',
    }),
    chunkRows: countSchema(1, 1000).register(described, {
      env: 'CHUNK_ROWS',
      default: '250',
      description: 'records of a staged chunk, at most; not above `BATCH_ROWS`',
    }),
    insertAttempts: countSchema(1, 20).register(described, {
      env: 'INSERT_ATTEMPTS',
      default: '3',
      description: 'tries of a micro-batch before it waits in the failed set for an operator',
    }),
    stagingMaxBytes: sizeSchema(1024, 1024 ** 4).register(described, {
      env: 'STAGING_MAX_BYTES',
      default: '128MiB',
      description: 'staged bytes in Redis above which parsing waits for the inserts',
    }),
    maxQueuedFiles: countSchema(1, 1_000_000).register(described, {
      env: 'MAX_QUEUED_FILES',
      default: '1000',
      description: 'parse jobs that may wait in the queue',
    }),
    workerConcurrency: countSchema(1, 64).register(described, {
      env: 'WORKER_CONCURRENCY',
      default: '4',
      description:
        'files that one worker process parses at once, and contracts that it commits at once (its pool has at most 10 connections)',
    }),
    jobLock: durationSchema(500, day).register(described, {
      env: 'JOB_LOCK',
      default: '30s',
      description: "BullMQ's lock and stalled interval: how soon the job of a killed worker is taken over",
    }),
    logLevel: oneOf(levels).register(described, {
      env: 'LOG_LEVEL',
      default: 'info',
      description: `the least that is logged: ${levels.join(', ')}`,
    }),
    logDir: folder().optional().register(described, {
      env: 'LOG_DIR',
      description: 'folder for log files of each app, besides stdout; unset: none',
    }),
    dashboardHost: host().register(described, {
      env: 'DASHBOARD_HOST',
      default: '127.0.0.1',
      description: 'address that the dashboard listens on; any but this machine itself needs users',
    }),
    dashboardPort: port().register(described, {
      env: 'DASHBOARD_PORT',
      default: '3000',
      description: 'port of the dashboard; or `PORT`',
    }),
    dashboardUsers: folder().register(described, {
      env: 'DASHBOARD_USERS',
      default: '<DATA_DIR>/users.json',
      description: "file of the dashboard's users, which `sluice user` writes",
    }),
    dashboardPassword: password.optional().register(described, {
      env: 'DASHBOARD_PASSWORD',
      description: 'password of one user `operator` of the dashboard, besides those of the file',
      secret: 'whole',
    }),
    dashboardReadOnly: oneOf(switches).register(described, {
      env: 'DASHBOARD_READ_ONLY',
      default: 'off',
      description: 'whether the dashboard takes no actions from anybody: off, on',
    }),
    trustProxy: trustedProxies.register(described, {
      env: 'TRUST_PROXY',
      default: 'off',
      description:
        'addresses of the reverse proxies before the dashboard, whose word for the address of a client counts; or off',
    }),
    alertWebhook: webUrl('http:', 'https:').optional().register(described, {
      env: 'ALERT_WEBHOOK',
      description: 'URL to which the dashboard posts changes of the health as JSON; unset: none',
      secret: 'whole',
    }),
    metricsHost: host().register(described, {
      env: 'METRICS_HOST',
      default: '127.0.0.1',
      description: 'address that a worker and a watcher listen on for `/metrics`, `/livez` and `/readyz`',
    }),
    metricsPort: port().optional().register(described, {
      env: 'METRICS_PORT',
      description:
        'its port; the next process on this machine takes the next free one. Unset: none is opened',
    }),
    metricsToken: token.optional().register(described, {
      env: 'METRICS_TOKEN',
      description:
        'a token that opens the `/metrics` of every process and nothing else, besides the tokens of `DASHBOARD_USERS`',
      secret: 'whole',
    }),
    otelEndpoint: webUrl('http:', 'https:').optional().register(described, {
      env: 'OTEL_EXPORTER_OTLP_ENDPOINT',
      description:
        'URL of a collector of OpenTelemetry, to which watchers and workers send traces (OTLP over HTTP); unset: none',
    }),
  })
  .superRefine((values, context) => {
    const refuse = (path: SettingKey, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message });
    const { batchRows, chunkRows, databaseUrl, redisUrl, redisCertFile, redisKeyFile } = values;
    // A chunk is committed whole, so one larger than a batch could never be committed.
    if (chunkRows > batchRows) refuse('chunkRows', `at most BATCH_ROWS, which is ${batchRows}`);
    // Somebody who sets these files expects the connection to Redis to be encrypted.
    if (redisUrl?.startsWith('rediss:') !== true) {
      for (const path of ['redisCaFile', 'redisCertFile', 'redisKeyFile'] as const)
        if (values[path] !== undefined) refuse(path, 'only beside a REDIS_URL that begins with rediss://');
    } else if (redisCertFile === undefined && redisKeyFile !== undefined) {
      refuse('redisKeyFile', 'only beside REDIS_CERT_FILE');
    } else if (redisCertFile !== undefined && redisKeyFile === undefined) {
      refuse('redisCertFile', 'only beside REDIS_KEY_FILE');
    }
    // Without DATABASE_URL the pipeline uses the embedded server, and these two URLs would lead to another database.
    for (const path of ['databaseOwnerUrl', 'databaseReadUrl'] as const)
      if (databaseUrl === undefined && values[path] !== undefined)
        refuse(path, 'only beside DATABASE_URL, which the pipeline works with');
  });

/** The values of all settings: milliseconds, bytes, counts, and paths as given. */
export type SettingValues = z.output<typeof settingsSchema>;

/** The key of a setting in {@link SettingValues}. */
export type SettingKey = keyof SettingValues;

/** A row of the table of settings. */
interface DescribedSetting extends Setting {
  readonly key: SettingKey;
}

function describe(key: SettingKey): DescribedSetting {
  const setting = described.get(settingsSchema.shape[key]);
  if (setting === undefined) throw new Error(`setting ${key} is not described`);
  return { key, ...setting };
}

/** The table of settings, in the order of the documentation. */
export const settings: readonly DescribedSetting[] = settingsSchema.keyof().options.map(describe);
