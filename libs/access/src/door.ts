import type { Config } from '@sluice/process';
import { readUsers, type User, UsersFileError } from './users.ts';

/**
 * How people get into the dashboard. `users`: with name and password. `link`: nobody has a password, so people use a link that
 * works once, which anybody who may read DATA_DIR can make. `shut`: nobody gets in until the file of users is repaired.
 */
export type Door =
  | { readonly kind: 'users' | 'link'; readonly users: readonly User[] }
  | { readonly kind: 'shut'; readonly why: UsersFileError };

type DoorConfig = Pick<Config, 'dashboardUsers' | 'dashboardPassword' | 'origins'>;

const PUT_BACK =
  'put it back, or make users with "npm run sluice -- user add NAME --role operator"; without users on purpose: unset DASHBOARD_USERS and start the dashboard again';

/**
 * Looks at the file of users. A file that cannot be used shuts the door, because it is unknown whom it named: perhaps somebody
 * who has been removed since, or only the person who broke it.
 *
 * @param wasThere whether the file has existed before
 */
export function readDoor(config: DoorConfig, wasThere = false): Door {
  const { dashboardUsers: file, dashboardPassword, origins } = config;
  const shut = (what: string, hint: string): Door => {
    return { kind: 'shut', why: new UsersFileError(file, what, hint) };
  };
  try {
    const users = readUsers(file);
    if (users === undefined && (wasThere || origins.dashboardUsers !== 'default'))
      return shut('is not there', PUT_BACK);
    if (dashboardPassword !== undefined) return { kind: 'users', users: users ?? [] };
    if (users?.length === 0) {
      return shut(
        'names nobody any more',
        `make a user with "npm run sluice -- user add NAME --role operator"; without users on purpose: remove that file and start the dashboard again`,
      );
    }
    const people = users?.some(({ scrypt }) => scrypt !== null) ?? false;
    return { kind: people ? 'users' : 'link', users: users ?? [] };
  } catch (error) {
    if (error instanceof UsersFileError) return { kind: 'shut', why: error };
    throw error;
  }
}
