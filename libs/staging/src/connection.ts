import {
  hideSecrets,
  knowSecretsOf,
  type Logger,
  messageOf,
  passwordNow,
  type RedisTlsSettings,
  redisTls,
  type TlsNames,
  type TlsRefusal,
  tlsRefusal,
} from '@sluice/process';
import { type RedisOptions as DriverOptions, Redis } from 'ioredis';

/** What a command does while Redis is away. A worker waits; a producer must get the error at once. */
export type WhileAway = 'wait' | 'fail';

export interface RedisOptions {
  /** The prefix of all keys. */
  readonly prefix: string;
  /** How often an insert is tried. */
  readonly insertAttempts: number;
  /** How long after its last file a contract counts as busy, in ms; undefined: nobody asks. */
  readonly busyFor?: number | undefined;
  readonly whileAway: WhileAway;
  readonly log: Logger;
  /** The TLS files for a `rediss://` URL. Without them the system's CAs are trusted. */
  readonly tls?: RedisTlsSettings;
}

const TLS: TlsNames = {
  ca: 'REDIS_CA_FILE',
  certificate: 'REDIS_CERT_FILE and its key in REDIS_KEY_FILE',
  withoutTls:
    'name the tls-port of the server; or begin REDIS_URL with redis://, where nobody can listen on the way to it',
};

/** Why a connection to Redis cannot be secured, and what to do; undefined for other errors. */
export function redisRefusal(url: string, error: Error): TlsRefusal | undefined {
  if (!url.startsWith('rediss:')) return undefined;
  const code = 'code' in error ? String(error.code) : '';
  // The server says why, but then closes the connection, and the closing often arrives first.
  if (code === 'ECONNRESET' || code === 'EPIPE') {
    const hint = `look into its log; if it asks for a certificate, name one in ${TLS.certificate}`;
    return { reason: 'it ended the connection', hint };
  }
  // The server's port without TLS does not answer a TLS handshake.
  if (code === 'ETIMEDOUT' || code === 'NO_ANSWER') {
    return { reason: error.message, hint: 'start that server; if it runs, name its tls-port in REDIS_URL' };
  }
  return tlsRefusal(error, TLS);
}

const RETRY_AT_MOST_MS = 2_000;

/**
 * Connects to Redis and stays connected. It never stops trying, and logs once that Redis is away and once that it is back. Does
 * not wait for the first connection.
 */
export function connectRedis(url: string, options: RedisOptions): Redis {
  const fails = options.whileAway === 'fail';
  knowSecretsOf(url);
  const tls = redisTls(url, options.tls ?? {});
  const redis = new Redis(url, {
    maxRetriesPerRequest: fails ? 0 : null,
    enableOfflineQueue: !fails,
    ...(fails && { commandTimeout: 15_000 }),
    connectTimeout: 10_000,
    // BullMQ duplicates this connection for its own, and the duplicates use the same options.
    ...(tls !== undefined && { tls }),
    retryStrategy(this: SessionOptions, times) {
      renew(this, url, options);
      return Math.min(times * 100, RETRY_AT_MOST_MS);
    },
  });
  announce(redis, url, options.log);
  return redis;
}

/** What of a connection may have changed in the files that it came from. The driver takes it from here for its next try. */
type SessionOptions = Pick<DriverOptions, 'password' | 'tls'>;

function renew(session: SessionOptions, url: string, { tls, log }: RedisOptions): void {
  const password = passwordNow(url);
  if (password !== '') session.password = password;
  try {
    const renewed = redisTls(url, tls ?? {});
    if (renewed !== undefined) session.tls = renewed;
  } catch (error) {
    // The next try reads them again, and until then those before are used.
    log.warn({ reason: messageOf(error) }, 'the files for TLS with Redis cannot be used now');
  }
}

function announce(redis: Redis, url: string, log: Logger): void {
  let awaySince: number | undefined;
  let why: { reason: string; hint?: string } = { reason: 'connection closed' };
  let refusal = '';
  // An outage is told once, and again for each reason of a server that is back and refuses this user.
  const told = new Set<string>();
  const away = () => {
    if (redis.status === 'end') return;
    awaySince ??= performance.now();
    if (told.has(refusal)) return;
    told.add(refusal);
    log.warn(why, 'Redis is away: waiting for it, nothing is lost meanwhile');
  };
  redis.on('error', (error) => {
    const insecure = redisRefusal(url, error);
    why = insecure ?? { reason: hideSecrets(error.message) };
    refusal = insecure !== undefined || error.name === 'ReplyError' ? why.reason : '';
    away();
  });
  redis.on('reconnecting', away);
  redis.on('ready', () => {
    if (awaySince !== undefined) {
      log.info({ seconds: Math.round((performance.now() - awaySince) / 1000) }, 'Redis is back');
    }
    awaySince = undefined;
    why = { reason: 'connection closed' };
    refusal = '';
    told.clear();
  });
}
