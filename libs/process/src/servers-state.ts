import { readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { readIfPresent, writeAtomically } from './files.ts';

/** The address of a server. `url` holds its password, so never log it. */
export interface ServerAddress {
  readonly url: string;
  /** Such as `18.4`. */
  readonly version: string;
  readonly pid: number;
  readonly port: number;
}

/** The embedded servers that are running for a data folder. */
export interface ServersState {
  /** The pid of the process that owns the servers and stops them. It may have been killed since. */
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
  /** The server's working directory. Together with the program's name it proves that the pid is still that server. */
  folder: z.string(),
});
const recordedState = z.object({
  owner: processId,
  /** When the owner started, in kernel ticks. Together with the pid it identifies the process. */
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
    // Counts fields after the program's name, which may contain spaces and parentheses. The start is field 22 of the line.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined; // The process does not exist.
  }
}

function readRecorded(dataDir: string): RecordedState | undefined {
  try {
    const parsed = recordedState.safeParse(JSON.parse(readIfPresent(stateFile(dataDir)) ?? 'null'));
    return parsed.success ? parsed.data : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined; // A file of something else or of a newer version counts as absent.
    throw error;
  }
}

/**
 * Whether `pid` is the server whose working directory is `folder`. A pid alone proves nothing, because it may have been
 * given to another program since.
 */
export function isServerOf(name: ServerName, folder: string, pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 1) return false;
  try {
    const program = basename(readlinkSync(`/proc/${pid}/exe`));
    return PROGRAMS[name].test(program) && readlinkSync(`/proc/${pid}/cwd`) === realpathSync(folder);
  } catch {
    return false; // The process is missing, a zombie or another user's, or the folder is missing.
  }
}

function aliveAddress(name: ServerName, server: RecordedServer | undefined): ServerAddress | undefined {
  if (!server || !isServerOf(name, server.folder, server.pid)) return undefined;
  const { url, version, pid, port } = server;
  return { url, version, pid, port };
}

/**
 * The live servers of this data folder. Undefined when the state file is missing or invalid, or when none of its servers
 * is alive.
 */
export function readServersState(dataDir: string): ServersState | undefined {
  const recorded = readRecorded(dataDir);
  const postgres = aliveAddress('postgres', recorded?.postgres);
  const redis = aliveAddress('redis', recorded?.redis);
  if (!recorded || (!postgres && !redis)) return undefined;
  return { owner: recorded.owner, ...(postgres && { postgres }), ...(redis && { redis }) };
}

/** Whether the owner in the state file is still running. A later process with the same pid does not count. */
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

/** Removes the state file, unless another process has written its own there. */
export function removeServersState(dataDir: string): void {
  if (readRecorded(dataDir)?.owner === process.pid) rmSync(stateFile(dataDir), { force: true });
}
