import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readFileSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { type Config, codeOf, makeFolderOf, readIfPresent, writeAtomically } from '@sluice/process';

type LinkConfig = Pick<Config, 'dataDir' | 'dashboardHost' | 'dashboardPort'>;

const tokenFile = (dataDir: string): string => join(dataDir, 'dashboard-token');
const addressFile = (dataDir: string): string => join(dataDir, 'dashboard-address');

/** The address at which a browser on this machine finds the dashboard. */
export function dashboardAddress({
  dashboardHost: host,
  dashboardPort: port,
}: Pick<Config, 'dashboardHost' | 'dashboardPort'>): string {
  const shown = host === '0.0.0.0' || host === '::' ? 'localhost' : host;
  return `http://${shown.includes(':') ? `[${shown}]` : shown}:${port}`;
}

/** Records where the dashboard listens, for later links: `npm start` may have taken another port than the configured one. */
export function noteAddress(config: LinkConfig): void {
  writeAtomically(addressFile(config.dataDir), `${dashboardAddress(config)}\n`, 0o600);
}

/** A link that works for one login. Making it invalidates the link made before. */
export function makeLink(config: LinkConfig, address?: string): string {
  const { dataDir } = config;
  makeFolderOf('DATA_DIR', dataDir);
  const token = randomBytes(18).toString('base64url');
  writeAtomically(tokenFile(dataDir), `${token}\n`, 0o600);
  const at = address ?? readIfPresent(addressFile(dataDir)) ?? dashboardAddress(config);
  return `${at}/login?token=${token}`;
}

/**
 * Whether this is the token of the latest link. If it is, the link is used up.
 *
 * @throws {Error} when the file may belong to somebody else, or cannot be removed, so that the token would work again
 */
export function useLink({ dataDir }: Pick<Config, 'dataDir'>, given: string): boolean {
  const file = tokenFile(dataDir);
  const token = readOwn(file);
  if (token === undefined || !isSame(token, given)) return false;
  try {
    unlinkSync(file);
    return true;
  } catch (error) {
    // Another dashboard with the same folder was faster.
    if (codeOf(error) === 'ENOENT') return false;
    throw new Error(`${file} cannot be removed (${codeOf(error)}), so its link is not taken`);
  }
}

/** The text of a file that only this user can have written or read. */
function readOwn(file: string): string | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw new Error(`${file} cannot be read (${codeOf(error)}): remove it, and make a new link`);
  }
  try {
    const stat = fstatSync(descriptor);
    if (stat.isFile() && stat.uid === process.geteuid?.() && (stat.mode & 0o077) === 0)
      return readFileSync(descriptor, 'utf8').trim();
    throw new Error(`${file} is not a file of this user alone: remove it, and make a new link`);
  } finally {
    closeSync(descriptor);
  }
}

function isSame(one: string, other: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return one !== '' && timingSafeEqual(digest(one), digest(other));
}
