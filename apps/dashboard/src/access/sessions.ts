import { createHash, randomBytes } from 'node:crypto';

/** A session. It ends with the process, so people must log in again, but no secret has to be stored. */
export interface Session {
  /** Null if the session was begun with a link, while there were no users. */
  readonly user: { readonly name: string; readonly hash: string } | null;
  readonly csrf: string;
  readonly beganAt: number;
  seenAt: number;
}

/** A session ends this long after its last use, and in any case LONGEST_MS after the log-in. */
const IDLE_MS = 12 * 3_600_000;
const LONGEST_MS = 7 * 24 * 3_600_000;
/** The most sessions of one user (I8). More log-ins end the user's own oldest sessions, not those of others. */
const AT_MOST = 50;

/** The sessions, by the hash of their cookie value. */
export class Sessions {
  readonly #sessions = new Map<string, Session>();

  /**
   * Begins a session and returns its cookie value.
   *
   * @param user includes the hash of the password at the log-in, so that a new password ends the session
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

/** Sessions are looked up by a hash, so that the time does not reveal which part of a guess is right. */
function keyOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64');
}
