import type { PeerCertificate } from 'node:tls';
import { PemFileError } from './pem-files.ts';

/** Why a session cannot be secured, and what to do. */
export interface TlsRefusal {
  readonly reason: string;
  readonly hint: string;
}

/** The names of a server's settings for a hint. */
export interface TlsNames {
  readonly ca: string;
  readonly certificate: string;
  /** What to do when the server has no TLS. */
  readonly withoutTls: string;
}

/** The error code for a server that offers no TLS. */
export const TLS_NOT_OFFERED = 'TLS_NOT_OFFERED';

const untrusted = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'INVALID_CA',
]);

/** The meaning of a TLS error; undefined for every other error. */
export function tlsRefusal(error: Error, names: TlsNames): TlsRefusal | undefined {
  if (error instanceof PemFileError) return { reason: error.message, hint: `give ${error.allowed}` };
  const code = 'code' in error ? String(error.code) : '';
  if (code === TLS_NOT_OFFERED || /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG/.test(code)) {
    return { reason: 'it does not speak TLS', hint: names.withoutTls };
  }
  if (untrusted.has(code)) {
    const hint = `name the file of that CA's certificate in ${names.ca}`;
    return { reason: 'its certificate is signed by a CA that is not trusted here', hint };
  }
  if (code === 'CERT_HAS_EXPIRED') {
    return { reason: 'its certificate has expired', hint: 'renew the certificate of the server' };
  }
  if (code === 'CERT_REVOKED') {
    return { reason: 'its certificate was revoked', hint: 'have another one made for the server' };
  }
  if (code === 'CERT_NOT_YET_VALID') {
    const hint = 'set the clock of this machine, or have the certificate made again';
    return { reason: 'its certificate is not valid yet', hint };
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return wrongName(error);
  if (/CERTIFICATE_REQUIRED|ALERT_BAD_CERTIFICATE|ALERT_HANDSHAKE_FAILURE/.test(code)) {
    return { reason: 'it asks for a certificate', hint: `name one in ${names.certificate}` };
  }
  if (/ALERT_UNKNOWN_CA|ALERT_CERTIFICATE/.test(code)) {
    const hint = `name one that the server trusts in ${names.certificate}`;
    return { reason: 'it does not take the certificate that it was shown', hint };
  }
  if (/^(?:ERR_SSL_|ERR_TLS_|EPROTO$|CERT_|CRL_|UNABLE_TO_|HOSTNAME_MISMATCH)/.test(code)) {
    const hint = 'look at the certificates and versions of TLS on both sides';
    return { reason: `TLS failed (${code})`, hint };
  }
  return undefined;
}

function wrongName(error: Error & { host?: string; cert?: PeerCertificate }): TlsRefusal {
  const { host = 'this host', cert } = error;
  const others = cert?.subjectaltname?.replaceAll(/(?:DNS|IP Address):/g, '') ?? cert?.subject?.CN;
  return {
    reason: `its certificate is for ${others || 'no name'}, not for ${host}`,
    hint: `name the server as its certificate does, or have a certificate made for ${host}`,
  };
}
