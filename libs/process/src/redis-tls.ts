import type { ConnectionOptions, SecureContextOptions } from 'node:tls';
import { readCertificates, readKey, secureContext, systemCertificates } from './pem-files.ts';
import type { SettingValues } from './settings.ts';

/** What says how a session with Redis is secured. */
export type RedisTlsSettings = Pick<SettingValues, 'redisCaFile' | 'redisCertFile' | 'redisKeyFile'>;

/**
 * For the handshake with Redis; undefined where `url` asks for none. The server is always verified, by its name too.
 *
 * @throws PemFileError
 */
export function redisTls(url: string, settings: RedisTlsSettings): ConnectionOptions | undefined {
  if (!url.startsWith('rediss:')) return undefined;
  const { redisCaFile, redisCertFile, redisKeyFile } = settings;
  const options: SecureContextOptions = {
    ca: redisCaFile === undefined ? systemCertificates() : readCertificates(redisCaFile),
    ...(redisCertFile !== undefined &&
      redisKeyFile !== undefined && { cert: readCertificates(redisCertFile), key: readKey(redisKeyFile) }),
  };
  const files = [redisCertFile, redisKeyFile].filter((name) => name !== undefined).join(', ');
  return { secureContext: secureContext(options, files) };
}
