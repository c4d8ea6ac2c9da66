import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import {
  createSecureContext,
  getCACertificates,
  type SecureContext,
  type SecureContextOptions,
} from 'node:tls';
import { codeOf } from './errors.ts';
import { isOpenToOthers } from './secret-files.ts';

/** A file for TLS cannot be used. `message` says which one and why, and `allowed` says what it must be. */
export class PemFileError extends Error {
  override readonly name = 'PemFileError';
  readonly code = 'PEM_FILE';
  readonly allowed: string;

  constructor(message: string, allowed: string) {
    super(message);
    this.allowed = allowed;
  }
}

const READABLE = 'a file of PEM text that this user can read';

/** @throws PemFileError */
function readPem(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const code = codeOf(error);
    throw new PemFileError(`${file} cannot be read (${code})`, READABLE);
  }
}

/**
 * The certificates of a file. They are checked here, because OpenSSL accepts any text as an empty list.
 *
 * @throws PemFileError
 */
export function readCertificates(file: string): string {
  const text = readPem(file);
  try {
    new X509Certificate(text);
  } catch {
    throw new PemFileError(`${file} holds no certificate`, 'a file of certificates, as PEM text');
  }
  return text;
}

/**
 * Reads a private key. A key that others can read is refused, as by libpq.
 *
 * @throws PemFileError
 */
export function readKey(file: string): string {
  const key = readPem(file);
  if (!statSync(file).isFile()) throw new PemFileError(`${file} is not a plain file`, READABLE);
  if (isOpenToOthers(file)) {
    throw new PemFileError(
      `${file} is a private key that others can read`,
      `mode 0600, or 0640 when root owns it: chmod 600 ${file}`,
    );
  }
  return key;
}

/**
 * The TLS context for a handshake. Making it checks that certificate, key and the rest fit together.
 *
 * @throws PemFileError
 */
export function secureContext(options: SecureContextOptions, files: string): SecureContext {
  try {
    return createSecureContext(options);
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/^error:\w+:/, '') : String(error);
    throw new PemFileError(`${files} cannot be used (${why})`, 'PEM files, a certificate with its own key');
  }
}

/** The CA certificates that this system trusts, or those bundled with Node if the system has none. */
export function systemCertificates(): string[] {
  const system = getCACertificates('system');
  return [...getCACertificates('extra'), ...(system.length > 0 ? system : getCACertificates('bundled'))];
}
