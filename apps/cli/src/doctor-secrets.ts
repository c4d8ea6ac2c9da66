import type { SessionSecurity } from '@sluice/ledger';
import { type Config, isOpenToOthers } from '@sluice/process';
import type { Judged } from './finding.ts';

/** A container sees its own secrets there and nobody else does, whatever their mode says. */
const IN_A_CONTAINER = '/run/secrets/';

/** Finds secret files that other users can read, and passes on the warnings about the settings. */
export function judgeSecrets({ secretFiles, warnings }: Config): Judged[] {
  const files = [...new Set(secretFiles)];
  const open = files.filter((file) => !file.startsWith(IN_A_CONTAINER) && isOpenToOthers(file));
  const odd = warnings.map((found): Judged => ({ state: 'warning', found, fix: 'see the sentence itself' }));
  if (open.length > 0) {
    const found = `others can read ${open.join(', ')}`;
    return [...odd, { state: 'warning', found, fix: `chmod 600 ${open.join(' ')}` }];
  }
  if (files.length === 0) return odd;
  return [...odd, { state: 'ok', found: `nobody else can read ${files.join(', ')}` }];
}

/** Whether somebody on the network could read or take over a session with PostgreSQL. */
export function judgePostgresTls(security: SessionSecurity | undefined, url: string): Judged {
  if (security?.protocol == null) {
    return notEncrypted(url, 'set PGSSLMODE=verify-full, PGSSLROOTCERT to the CA, and ssl=on at the server');
  }
  const { protocol, verifies } = security;
  const verified = verifies === 'nothing' ? 'not verified' : `verified by ${verifies}`;
  if (verifies === 'its CA and its name' || isHere(url))
    return { state: 'ok', found: `${protocol}, ${verified}` };
  return {
    state: 'warning',
    found: `${protocol}, ${verified}: another server could stand in for this one`,
    fix: 'set PGSSLMODE=verify-full, and PGSSLROOTCERT to the file of the CA, or to system',
  };
}

/** The same for Redis, whose certificate is always verified. */
export function judgeRedisTls(protocol: string | null, url: string): Judged {
  if (protocol !== null) return { state: 'ok', found: `${protocol}, verified by its CA and its name` };
  return notEncrypted(url, 'begin REDIS_URL with rediss://, and set a tls-port at the server');
}

/** Whether anybody on the network can read staged data, and make the pipeline load data that is in none of its files. */
export function judgeRedisPassword(letsIn: boolean, addresses: readonly string[]): Judged {
  if (!letsIn) return { state: 'ok', found: 'lets nobody in without a password' };
  const others = addresses.filter((address) => !isLoopback(address));
  if (others.length === 0)
    return { state: 'ok', found: 'without a password, reached on this machine (loopback)' };
  return {
    state: 'warning',
    found: `lets anybody in who reaches ${others.join(', ')}: to read staged rows, hide files and add jobs`,
    fix: 'set requirepass (or an ACL user) at the server, and REDIS_URL=redis://:PASSWORD@HOST:PORT, or have it listen on 127.0.0.1 alone',
  };
}

/** Whether an IP address is a loopback address. */
function isLoopback(address: string): boolean {
  return /^(?:127\.[\d.]+|::1|::ffff:127\.[\d.]+)$/i.test(address);
}

function notEncrypted(url: string, fix: string): Judged {
  if (isHere(url)) return { state: 'ok', found: 'not encrypted; it does not leave this machine' };
  return { state: 'warning', found: 'not encrypted: passwords and rows can be read on the way', fix };
}

function isHere(url: string): boolean {
  return /^(?:localhost|127\.[\d.]+|\[::1\])$/.test(new URL(url).hostname);
}
