import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { runProgram } from './run-program.ts';
import type { Account } from './server-folder.ts';
import type { Launcher } from './server-process.ts';

/** Where PostgreSQL's programs and files are, and how to run it there. */
export interface Placement {
  /** Holds the data, the password and the log. */
  readonly folder: string;
  /** The folder with `bin`, `lib` and `share`. */
  readonly installation: string;
  readonly launcher: Launcher;
}

// Only root can write there, so no other user can replace the program.
const ROOT_CACHE = '/var/cache/sluice';
const USER_NAMESPACE = ['unshare', '--user', '--map-user=1000', '--map-group=1000', '--'];
// PostgreSQL demands that its data belongs to the account that runs it.
const CAN_WORK_HERE =
  'test -x "$1" && test -w "$2" && cd "$2" && { test ! -e "$2/data" || test -O "$2/data"; }';

function worksIn(placement: Placement): Promise<boolean> {
  const postgres = join(placement.installation, 'bin', 'postgres');
  return runProgram('sh', ['-c', CAN_WORK_HERE, 'sh', postgres, placement.folder], {
    launcher: placement.launcher,
    folder: '/',
  }).then((outcome) => outcome.ok);
}

function nobody(): Account {
  const line = /^nobody:[^:]*:(\d+):(\d+):/m.exec(readFileSync('/etc/passwd', 'utf8'));
  return { uid: Number(line?.[1] ?? 65_534), gid: Number(line?.[2] ?? 65_534) };
}

/** A copy of the installation that every account can read. It is made once for each version. */
function copiedInstallation(installation: string, version: string): string {
  const copy = join(ROOT_CACHE, `postgres-${version}`);
  if (existsSync(copy)) return copy;
  const draft = `${copy}.${process.pid}.tmp`;
  mkdirSync(ROOT_CACHE, { recursive: true });
  chmodSync(ROOT_CACHE, 0o755);
  cpSync(installation, draft, { recursive: true, verbatimSymlinks: true });
  try {
    renameSync(draft, copy);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (!existsSync(copy)) throw error; // Otherwise another process has made the same copy meanwhile.
  }
  return copy;
}

/** Gives the folder to the account, and takes it back if the account cannot work there. */
async function handOver(placement: Placement, account: Account): Promise<boolean> {
  const before = statSync(placement.folder);
  chownSync(placement.folder, account.uid, account.gid);
  if (await worksIn(placement)) return true;
  chownSync(placement.folder, before.uid, before.gid);
  return false;
}

/**
 * Decides how to run PostgreSQL, which refuses to run as root, for `folder` (made when missing). An ordinary user runs it
 * directly. Root takes the first of these that works: the account that owns the data already; a user namespace in the same
 * folder, where the files stay root's; the account `nobody`, in the same folder or else below /var/cache/sluice.
 */
export async function placePostgres(o: {
  folder: string;
  installation: string;
  version: string;
}): Promise<Placement> {
  mkdirSync(o.folder, { recursive: true, mode: 0o700 });
  const direct: Placement = { folder: o.folder, installation: o.installation, launcher: { prefix: [] } };
  if (process.getuid?.() !== 0) return direct;

  const { uid, gid } = statSync(o.folder);
  const asOwner: Placement = { ...direct, launcher: { prefix: [], account: { uid, gid } } };
  if (uid !== 0 && (await worksIn(asOwner))) return asOwner;

  const inNamespace: Placement = { ...direct, launcher: { prefix: USER_NAMESPACE } };
  if (await worksIn(inNamespace)) return inNamespace;

  const account = nobody();
  const asNobody: Placement = { ...direct, launcher: { prefix: [], account } };
  if (await handOver(asNobody, account)) return asNobody;
  const withCopy: Placement = { ...asNobody, installation: copiedInstallation(o.installation, o.version) };
  if (await handOver(withCopy, account)) return withCopy;

  const folderId = createHash('sha256').update(o.folder).digest('hex').slice(0, 16);
  const elsewhere: Placement = { ...withCopy, folder: join(ROOT_CACHE, `data-${folderId}`) };
  mkdirSync(elsewhere.folder, { recursive: true, mode: 0o700 });
  if (await handOver(elsewhere, account)) return elsewhere;
  throw new Error(
    `PostgreSQL does not run as root, and neither a user namespace nor the account nobody could run it for ${o.folder}. ` +
      'What to do: start as an ordinary user, or set DATABASE_URL to a server of your own.',
  );
}
