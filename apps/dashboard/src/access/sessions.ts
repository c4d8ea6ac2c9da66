import { createHash, randomBytes } from 'node:crypto';

/** A log-in. It ends with the process, which costs a person one more log-in and saves a secret to keep. */
export interface Session {
  /** Null: it was begun with a link, while there were no users. */
  readonly user: { readonly name: string; readonly hash: string } | null;
  readonly csrf: string;
  readonly beganAt: number;
  seenAt: number;
}

/** So long after the last look, and so long after the log-in in any case, a session ends. */
const IDLE_MS = 12 * 3_600_000;
const LONGEST_MS = 7 * 24 * 3_600_000;
/** Sessions of one user at most (I8): whoever logs in again and again ends his own, not those of others. */
const AT_MOST = 50;

/** The sessions, by the hash of what their cookies hold. */
export class Sessions {
  readonly #sessions = new Map<string, Session>();

  /**
   * Begins a session and returns what its cookie shall hold.
   *
   * @param user with the hash of the password that it was begun with: a new one ends it
   */
  begin(user: Session['user']): string {
    const secret = randomBytes(32).toString('base64url');
    this.#makeRoom(user?.name);
    const csrf = randomBytes(32).toString('base64url');
    const now = Date.now();
    this.#sessions.set(keyOf(secret), { user, csrf, beganAt: now, seenAt: now });
    return secret;
  }

  find(secret: string): Session | undefined {
    const session = this.#sessions.get(keyOf(secret));
    if (session === undefined || isOver(session)) return undefined;
    session.seenAt = Date.now();
    return session;
  }

  end(secret: string): void {
    this.#sessions.delete(keyOf(secret));
  }

  #makeRoom(name: string | undefined): void {
    const own: string[] = [];
    for (const [key, session] of this.#sessions) {
      if (isOver(session)) this.#sessions.delete(key);
      else if (session.user?.name === name) own.push(key);
    }
    for (const key of own.slice(0, Math.max(0, own.length - AT_MOST + 1))) this.#sessions.delete(key);
  }
}

function isOver({ beganAt, seenAt }: Session): boolean {
  const now = Date.now();
  return now - seenAt > IDLE_MS || now - beganAt > LONGEST_MS;
}

/** So that looking one up takes the same time whatever part of it is right. */
function keyOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64');
}
