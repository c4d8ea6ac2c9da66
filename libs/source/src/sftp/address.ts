/** Where a source of SFTP is. */
export interface Address {
  readonly user: string;
  readonly host: string;
  readonly port: number;
  /** The folder, as the server is asked for it: absolute, or relative to the folder in which the user begins. */
  readonly path: string;
}

const FORM = /^sftp:\/\/([^\s:@/]+)@(\[[0-9a-f:.]+\]|[^\s:@/[\]]+)(?::(\d{1,5}))?(?:\/(.*))?$/isu;
const SSH_PORT = 22;

/**
 * Reads a place such as `sftp://user@host:2222/in`. `/~/in` is the folder `in` where the user begins. Names are taken as they are,
 * because nothing in them is encoded.
 */
export function addressOf(place: string): Address {
  const [, user, host, port = String(SSH_PORT), path = ''] = FORM.exec(place) ?? [];
  if (user === undefined || host === undefined || Number(port) > 65_535)
    throw new Error(`not a place such as sftp://user@host/path: ${place}`);
  const relative = /^~(?:\/+(.*))?$/s.exec(path);
  return {
    user,
    host: host.replace(/^\[|\]$/g, '').toLowerCase(),
    port: Number(port),
    path: relative === null ? `/${path}`.replace(/(?<=.)\/+$/, '') : (relative[1] ?? '') || '.',
  };
}

/** Whether two places lie on one server and belong to one user, so that a file can be moved from one to the other. */
export function isSameServer(one: Address, other: Address): boolean {
  return one.user === other.user && one.host === other.host && one.port === other.port;
}

/** The name by which files of known hosts have a server. */
export function knownName({ host, port }: Pick<Address, 'host' | 'port'>): string {
  return port === SSH_PORT ? host : `[${host}]:${port}`;
}
