import { codeOf, messageOf } from '@sluice/process';
import { SourceAway, SourceHangs, UnreadableFile } from '../errors.ts';

/** The statuses of version 3 of SFTP with which a server refuses. */
const STATUSES: ReadonlyMap<number, string> = new Map([
  [1, 'EOF'],
  [2, 'NO_SUCH_FILE'],
  [3, 'PERMISSION_DENIED'],
  [4, 'FAILURE'],
  [5, 'BAD_MESSAGE'],
  [8, 'OP_UNSUPPORTED'],
]);

/** A server has answered that it does not do what it was asked for. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: string;

  constructor(status: string, cause: Error) {
    super(`the server answers ${status}: ${cause.message}`, { cause });
    this.status = status;
  }
}

/** What an error in an answer means: a refusal, or that the connection is of no more use. */
export function refusalOf(error: Error, place: string): Refusal | SourceAway {
  const status = 'code' in error ? STATUSES.get(Number(error.code)) : undefined;
  return status === undefined ? connectFailure(error, place) : new Refusal(status, error);
}

/** Whether a server has refused because there is no such file, or no file can have that name. */
export function isAbsent(error: unknown): boolean {
  return error instanceof Refusal && ['NO_SUCH_FILE', 'BAD_MESSAGE'].includes(error.status);
}

/** Handles an error about one file: throws {@link UnreadableFile} for a refusal, and any other error as it is. */
export function unreadable(name: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof Refusal)) throw error;
    const hint =
      error.status === 'PERMISSION_DENIED'
        ? 'give the user of the feed the right to read it and to move it, or take it away'
        : 'see to the server, or take the file away';
    throw new UnreadableFile(name, { code: error.status, hint, cause: error });
  };
}

/** Handles an error of a clean-up: throws {@link UnreadableFile} for a refusal, and any other error as it is. */
export function notCleaned(name: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof Refusal)) throw error;
    const hint =
      error.status === 'PERMISSION_DENIED'
        ? 'give the user of the feed the right to write in the folder and in the archive; a server moves a file of another user only if this one may write to it'
        : 'see to the free space there, and name an archive of the same file system: the server does not say more';
    throw new UnreadableFile(name, { code: error.status, hint, cause: error });
  };
}

/** Handles an error about a whole folder: throws {@link SourceAway}. */
export function folderAway(place: string, hint: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof Refusal)) throw error;
    const missing = error.status === 'NO_SUCH_FILE';
    throw new SourceAway(`${place}: ${error.message}`, { code: error.status, hint, missing, cause: error });
  };
}

const HINTS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'check the name of the host',
  EAI_AGAIN: 'check the name of the host, and that names are resolved here',
  ECONNREFUSED: 'check host and port, and that the server runs',
  EHOSTUNREACH: 'check the host, and that the network leads there',
  ETIMEDOUT: 'check the host, and that no firewall is in between',
};

/** What it means that a server cannot be reached, or is no longer there. */
export function connectFailure(error: unknown, place: string, shows = ''): SourceAway {
  if (error instanceof SourceAway) return error;
  const level = error instanceof Error && 'level' in error ? error.level : undefined;
  const told = (code: string, hint: string, what = messageOf(error)) =>
    new SourceAway(`${place}: ${what}`, { code, hint, cause: error });
  if (level === 'client-timeout') return new SourceHangs(place);
  if (level === 'client-authentication')
    return told(
      'LOGIN',
      `give the public part of it to those who run the server, for the file authorized_keys of the user`,
      `the server does not let this user in with ${shows}`,
    );
  if (level === 'agent')
    return told(
      'AGENT',
      'check that the agent runs and that this account may use it',
      `the agent does not answer: ${messageOf(error)}`,
    );
  if (level === 'handshake')
    return told(
      'HANDSHAKE',
      'check that the server is of SSH, and which algorithms it offers: ssh -v shows them',
    );
  const code = codeOf(error);
  return told(
    code,
    HINTS[code] ?? 'check that the server runs and offers SFTP: sftp with the same key shows it',
  );
}
