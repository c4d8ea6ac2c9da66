import { readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { readIfPresent, writeAtomically } from './files.ts';

/** Where a server is. `url` holds its password: never log it. */
export interface ServerAddress {
  readonly url: string;
  /** Such as `18.4`. */
  readonly version: string;
  readonly pid: number;
  readonly port: number;
}

/** The embedded servers that run for a data folder. */
export interface ServersState {
  /** The pid of the process that answers for them and stops them. It may have been killed since. */
  readonly owner: number;
  readonly postgres?: ServerAddress;
  readonly redis?: ServerAddress;
}

const processId = z.int().min(2);
const recordedServer = z.object({
  url: z.url(),
  version: z.string(),
  pid: processId,
  port: z.int().min(1).max(65_535),
  /** The server's working directory: with the program's name, the proof that the pid is still that server. */
  folder: z.string(),
});
const recordedState = z.object({
  owner: processId,
  /** When the owner started, in the kernel's ticks: with the pid, its identity. */
  ownerStarted: z.string(),
  postgres: recordedServer.optional(),
  redis: recordedServer.optional(),
});
type RecordedServer = z.infer<typeof recordedServer>;
type RecordedState = z.infer<typeof recordedState>;

const PROGRAMS = { postgres: /^postgres/, redis: /^(?:redis|valkey)-/ };
type ServerName = keyof typeof PROGRAMS;

const stateFile = (dataDir: string): string => join(dataDir, 'servers', 'state.json');

function startOf(pid: number): string | undefined {
  try {
    // The fields after the program's name, which may hold spaces and parentheses; the start is the 22nd of all.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined; // No such process.
  }
}

function readRecorded(dataDir: string): RecordedState | undefined {
  try {
    const parsed = recordedState.safeParse(JSON.parse(readIfPresent(stateFile(dataDir)) ?? 'null'));
    return parsed.success ? parsed.data : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined; // Not ours, or a newer version's: as good as absent.
    throw error;
  }
}

/**
 * Whether `pid` is the server that works in `folder`: both servers keep it as their working directory. A pid alone
 * proves nothing, it may have been given to another program since.
 */
export function isServerOf(name: ServerName, folder: string, pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 1) return false;
  try {
    const program = basename(readlinkSync(`/proc/${pid}/exe`));
    return PROGRAMS[name].test(program) && readlinkSync(`/proc/${pid}/cwd`) === realpathSync(folder);
  } catch {
    return false; // No such process, one of another user, a zombie, or no such folder: not our server.
  }
}

function aliveAddress(name: ServerName, server: RecordedServer | undefined): ServerAddress | undefined {
  if (!server || !isServerOf(name, server.folder, server.pid)) return undefined;
  const { url, version, pid, port } = server;
  return { url, version, pid, port };
}

/**
 * The servers that run for this data folder, those that are alive. Undefined when the state file is absent or invalid,
 * or when none of its servers is alive.
 */
export function readServersState(dataDir: string): ServersState | undefined {
  const recorded = readRecorded(dataDir);
  const postgres = aliveAddress('postgres', recorded?.postgres);
  const redis = aliveAddress('redis', recorded?.redis);
  if (!recorded || (!postgres && !redis)) return undefined;
  return { owner: recorded.owner, ...(postgres && { postgres }), ...(redis && { redis }) };
}

/** Whether the process that the state file names as the owner still runs (that very one, not a later one of its pid). */
export function ownerIsAlive(dataDir: string): boolean {
  const recorded = readRecorded(dataDir);
  return recorded !== undefined && startOf(recorded.owner) === recorded.ownerStarted;
}

/** Records this process as the owner of these servers. */
export function writeServersState(
  dataDir: string,
  servers: { postgres?: RecordedServer | undefined; redis?: RecordedServer | undefined },
): void {
  const state = { owner: process.pid, ownerStarted: startOf(process.pid) ?? '', ...servers };
  writeAtomically(stateFile(dataDir), `${JSON.stringify(recordedState.parse(state), null, 2)}\n`, 0o600);
}

/** Removes the state file, unless another process has put its own there. */
export function removeServersState(dataDir: string): void {
  if (readRecorded(dataDir)?.owner === process.pid) rmSync(stateFile(dataDir), { force: true });
}
