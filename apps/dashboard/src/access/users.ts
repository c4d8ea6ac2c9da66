import { statSync } from 'node:fs';
import {
  bearerOf,
  type Door,
  isPassword,
  makeUser,
  readDoor,
  type User,
  type UsersFileError,
} from '@sluice/access';
import { type Config, codeOf, type Logger } from '@sluice/process';
import { Turns } from './turns.ts';

type UsersConfig = Pick<Config, 'dashboardUsers' | 'dashboardPassword' | 'origins'>;

/** The users from the file and from DASHBOARD_PASSWORD. The file is read again if it has changed or could not be used. */
export class Users {
  readonly #config: UsersConfig;
  readonly #log: Logger;
  readonly #fixed: readonly User[];
  readonly #turns = new Turns();
  #door: Door;
  #stamp: string;
  #wasThere = false;

  private constructor(config: UsersConfig, fixed: readonly User[], log: Logger) {
    this.#config = config;
    this.#log = log;
    this.#fixed = fixed;
    this.#stamp = stampOf(config.dashboardUsers);
    this.#door = this.#look(this.#stamp);
    if (this.#door.kind === 'shut') this.#tell(this.#door.why);
  }

  static async open(config: UsersConfig, log: Logger): Promise<Users> {
    const { dashboardPassword: password } = config;
    // Whoever sets DASHBOARD_PASSWORD administers the installation, so this user has every right, including to see values.
    const rights = { role: 'operator', values: true } as const;
    const fixed = password === undefined ? [] : [await makeUser('operator', rights, password)];
    return new Users(config, fixed, log);
  }

  /** How people can log in, according to the current file. */
  get door(): Door {
    const stamp = stampOf(this.#config.dashboardUsers);
    if (stamp === this.#stamp && this.#door.kind !== 'shut') return this.#door;
    const before = this.#door;
    this.#door = this.#look(stamp);
    const { kind } = this.#door;
    if (kind === 'shut' && (before.kind !== 'shut' || before.why.message !== this.#door.why.message))
      this.#tell(this.#door.why);
    if (kind !== 'shut' && before.kind === 'shut') this.#log.info('the file of users can be used again');
    return this.#door;
  }

  /** The user as defined now, or undefined if there is no user with that name (any more). */
  find(name: string): User | undefined {
    return this.#all.find((user) => user.name === name);
  }

  /** The user whose token is in the header. */
  byToken(authorization: string | undefined): User | undefined {
    return bearerOf(this.#all, authorization);
  }

  /**
   * The user if the password is right, or `busy` if too many checks wait already. Unknown names take as long as known ones.
   *
   * @param network where the try comes from; no network keeps the others waiting
   */
  async check(name: string, password: string, network: string): Promise<User | 'busy' | undefined> {
    const user = this.find(name);
    const ended = await this.#turns.take(network);
    if (ended === undefined) return 'busy';
    try {
      return (await isPassword(user?.scrypt, password)) ? user : undefined;
    } finally {
      ended();
    }
  }

  get #all(): readonly User[] {
    const { door } = this;
    return door.kind === 'shut' ? [] : [...this.#fixed, ...door.users];
  }

  #look(stamp: string): Door {
    this.#stamp = stamp;
    this.#wasThere ||= stamp !== 'none';
    return readDoor(this.#config, this.#wasThere);
  }

  #tell({ message, hint }: UsersFileError): void {
    this.#log.error({ hint }, `nobody can log in to the dashboard: ${message}`);
  }
}

function stampOf(file: string): string {
  try {
    const stat = statSync(file, { bigint: true, throwIfNoEntry: false });
    if (stat === undefined) return 'none';
    return `${stat.mtimeNs}-${stat.ctimeNs}-${stat.ino}-${stat.mode}-${stat.size}`;
  } catch (error) {
    // Reading the file will fail too, with a message that explains it.
    return `not readable ${codeOf(error)}`;
  }
}
