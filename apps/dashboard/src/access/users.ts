import { statSync } from 'node:fs';
import { type Config, isPassword, type Logger, makeUser, readUsers, type User } from '@sluice/runtime';

/** At most so many passwords are tried at once: each takes 32 MiB and a core. */
const AT_ONCE = 2;

/** The users of the file and of DASHBOARD_PASSWORD. The file is read again when it has changed. */
export class Users {
  readonly #file: string;
  readonly #log: Logger;
  readonly #fixed: readonly User[];
  #users: readonly User[];
  #stamp: string;
  #trying = 0;
  readonly #waiting: (() => void)[] = [];

  private constructor(file: string, fixed: readonly User[], log: Logger) {
    this.#file = file;
    this.#log = log;
    this.#fixed = fixed;
    this.#stamp = stampOf(file);
    this.#users = [...fixed, ...readUsers(file)];
  }

  /** @throws {UsersFileError} when the file cannot be used */
  static async open(config: Config, log: Logger): Promise<Users> {
    const { dashboardPassword: password, dashboardUsers: file } = config;
    const fixed = password === undefined ? [] : [await makeUser('operator', 'operator', password)];
    return new Users(file, fixed, log);
  }

  /** The user as he is now; undefined when there is none of that name (any more). */
  find(name: string): User | undefined {
    this.#refresh();
    return this.#users.find((user) => user.name === name);
  }

  get any(): boolean {
    this.#refresh();
    return this.#users.length > 0;
  }

  /** The user, when that is his password. Unknown names take as long as known ones. */
  async check(name: string, password: string): Promise<User | undefined> {
    const user = this.find(name);
    if (this.#trying >= AT_ONCE) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#trying += 1;
    try {
      return (await isPassword(user, password)) ? user : undefined;
    } finally {
      this.#trying -= 1;
      this.#waiting.shift()?.();
    }
  }

  #refresh(): void {
    const stamp = stampOf(this.#file);
    if (stamp === this.#stamp) return;
    this.#stamp = stamp;
    try {
      this.#users = [...this.#fixed, ...readUsers(this.#file)];
    } catch (error) {
      // Rather nobody than somebody who was removed.
      this.#users = this.#fixed;
      this.#log.error({ err: error }, 'the file of users cannot be used: its users cannot log in');
    }
  }
}

function stampOf(file: string): string {
  const stat = statSync(file, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? 'none' : `${stat.mtimeNs}-${stat.ino}-${stat.mode}`;
}
