import { existsSync, readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { type ConnectionOptions, checkServerIdentity, type SecureContextOptions } from 'node:tls';
import { PemFileError, readCertificates, readKey, secureContext, systemCertificates } from './pem-files.ts';

/** The values that libpq accepts for `sslmode`. */
export const SSL_MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
/** The protocol versions that libpq accepts. */
export const TLS_VERSIONS = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const;

type SslMode = (typeof SSL_MODES)[number];

/** How a session with PostgreSQL is secured. */
export interface PostgresTls {
  readonly mode: SslMode;
  /** Whether a server without TLS is accepted. */
  readonly optional: boolean;
  /** What is verified: nothing, that a CA vouches for the server, or also that its certificate has the expected name. */
  readonly verifies: 'nothing' | 'its CA' | 'its CA and its name';
  /** The options for the handshake, read from the files as they are now. */
  readonly options: ConnectionOptions;
}

/** The parameters of a URL. Unlike in a form, `+` does not stand for a space, because paths may contain it. */
export function parametersOf(url: string): Map<string, string> {
  const pairs = new URL(url).search.slice(1).split('&').filter(Boolean);
  return new Map(
    pairs.map((pair) => {
      const [name = '', ...value] = pair.split('=');
      return [decodeURIComponent(name), decodeURIComponent(value.join('='))];
    }),
  );
}

const DEFAULTS = {
  sslrootcert: 'root.crt',
  sslcrl: 'root.crl',
  sslcert: 'postgresql.crt',
  sslkey: 'postgresql.key',
} as const;

/**
 * How to secure a session with the server of this URL, by the rules of libpq: `sslmode` defaults to `prefer`, or to
 * `verify-full` with `sslrootcert=system`; `require` verifies the CA if there is a file of root certificates; files lie in
 * `~/.postgresql` unless they are named. It is stricter than libpq: a named file must exist, and `allow` means `prefer`.
 *
 * @throws PemFileError
 */
export function postgresTls(url: string): PostgresTls {
  const given = parametersOf(url);
  const system = given.get('sslrootcert') === 'system';
  const asked = given.get('sslmode') || (given.get('ssl') === 'true' ? 'require' : undefined);
  const mode = SSL_MODES.find((one) => one === asked) ?? (system ? 'verify-full' : 'prefer');
  if (mode === 'disable') return { mode, optional: true, verifies: 'nothing', options: {} };
  if (system && mode !== 'verify-full') {
    throw new PemFileError(
      `sslrootcert=system with sslmode=${mode}`,
      'sslmode=verify-full with sslrootcert=system',
    );
  }
  const file = (name: keyof typeof DEFAULTS): string | undefined => {
    const named = given.get(name);
    const usual = join(homedir(), '.postgresql', DEFAULTS[name]);
    return named || (existsSync(usual) ? usual : undefined);
  };
  const optional = mode === 'allow' || mode === 'prefer';
  const roots = optional ? undefined : file('sslrootcert');
  if (roots === undefined && (mode === 'verify-ca' || mode === 'verify-full')) {
    throw new PemFileError(
      `sslmode=${mode} needs the certificate of the CA that signed the server's`,
      'its file as PGSSLROOTCERT (sslrootcert=), or PGSSLROOTCERT=system for what this system trusts',
    );
  }
  const verifies =
    roots === undefined ? 'nothing' : mode === 'verify-full' ? 'its CA and its name' : 'its CA';
  const [certificate, revoked] = [file('sslcert'), roots === undefined ? undefined : file('sslcrl')];
  const options: SecureContextOptions = {
    ...(roots !== undefined && { ca: system ? systemCertificates() : readCertificates(roots) }),
    ...(revoked !== undefined && { crl: readFileSync(revoked) }),
    ...(certificate !== undefined && clientCertificate(certificate, file('sslkey'))),
    ...(given.get('sslpassword') && { passphrase: given.get('sslpassword') }),
    minVersion: TLS_VERSIONS.find((one) => one === given.get('ssl_min_protocol_version')) ?? 'TLSv1.2',
    maxVersion: TLS_VERSIONS.find((one) => one === given.get('ssl_max_protocol_version')) ?? 'TLSv1.3',
  };
  const files = [certificate, file('sslkey'), revoked].filter((name) => name !== undefined).join(', ');
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '');
  const handshake = { ...identity(host, verifies), secureContext: secureContext(options, files) };
  return { mode, optional, verifies, options: handshake };
}

function clientCertificate(certificate: string, key: string | undefined): SecureContextOptions {
  if (key === undefined) {
    throw new PemFileError(
      `${certificate} is a certificate without its key`,
      'the key beside it, as PGSSLKEY (sslkey=)',
    );
  }
  return { cert: readCertificates(certificate), key: readKey(key) };
}

/** Node takes the expected name from the connection it opens. It opens none here, so it would expect `localhost`. */
function identity(host: string, verifies: PostgresTls['verifies']): ConnectionOptions {
  return {
    ...(isIP(host) === 0 && { servername: host }),
    rejectUnauthorized: verifies !== 'nothing',
    checkServerIdentity: (_, certificate) =>
      verifies === 'its CA and its name' ? checkServerIdentity(host, certificate) : undefined,
  };
}
