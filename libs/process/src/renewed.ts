/** How the settings that gave a URL are read again. */
const readings = new Map<string, () => string | undefined>();

/** Notes how the settings that gave this URL are read again, because a file of theirs may get another password. */
export function noteReading(url: string, read: () => string | undefined): void {
  readings.set(url, read);
}

/**
 * The password of a server for a new connection, as the files of the settings have it now. If they cannot be used at the moment, or name
 * another server or user, it is the one that the process began with: one process works with one server.
 */
export function passwordNow(url: string): string {
  const now = readAgain(url);
  return decodeURIComponent(new URL(now !== undefined && isSameServer(url, now) ? now : url).password);
}

function readAgain(url: string): string | undefined {
  try {
    return readings.get(url)?.();
  } catch {
    return undefined; // The file is just being written, or is wrong: the next connection reads it again.
  }
}

function isSameServer(one: string, other: string): boolean {
  const [a, b] = [new URL(one), new URL(other)];
  a.password = '';
  b.password = '';
  return a.href === b.href;
}
