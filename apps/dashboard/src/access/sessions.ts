import { createHash, randomBytes } from 'node:crypto';
import type { User } from '@sluice/runtime';

/** A log-in. It ends with the process, which costs a person one more log-in and saves a secret to keep. */
export interface Session {
  readonly name: string;
  /** Of the password that it was begun with: a new one ends it. */
  readonly hash: string;
  readonly csrf: string;
  seenAt: number;
}

const IDLE_MS = 12 * 3_600_000;
const AT_MOST = 1_000;

/** The sessions, by the hash of what their cookies hold. */
export class Sessions {
  readonly #sessions = new Map<string, Session>();

  /** Begins a session and returns what its cookie shall hold. */
  begin({ name, scrypt }: User): string {
    const secret = randomBytes(32).toString('base64url');
    this.#forgetOld();
    const csrf = randomBytes(32).toString('base64url');
    this.#sessions.set(keyOf(secret), { name, hash: scrypt.hash, csrf, seenAt: Date.now() });
    return secret;
  }

  find(secret: string): Session | undefined {
    const session = this.#sessions.get(keyOf(secret));
    if (session === undefined || Date.now() - session.seenAt > IDLE_MS) return undefined;
    session.seenAt = Date.now();
    return session;
  }

  end(secret: string): void {
    this.#sessions.delete(keyOf(secret));
  }

  #forgetOld(): void {
    const now = Date.now();
    for (const [key, { seenAt }] of this.#sessions) {
      if (now - seenAt > IDLE_MS || this.#sessions.size >= AT_MOST) this.#sessions.delete(key);
    }
  }
}

/** So that looking one up takes the same time whatever part of it is right. */
function keyOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64');
}
