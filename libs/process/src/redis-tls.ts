import type { ConnectionOptions, SecureContextOptions } from 'node:tls';
import { readCertificates, readKey, secureContext, systemCertificates } from './pem-files.ts';
import type { SettingValues } from './settings.ts';

/** The settings that say how a session with Redis is secured. */
export type RedisTlsSettings = Pick<SettingValues, 'redisCaFile' | 'redisCertFile' | 'redisKeyFile'>;

/**
 * The TLS options for the handshake with Redis; undefined if `url` asks for no TLS. CA and name of the server are always verified.
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
