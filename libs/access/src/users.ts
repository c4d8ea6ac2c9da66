import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Config, codeOf, ErrorWithHint, makeFolderOf, writeAtomically } from '@sluice/process';
import { z } from 'zod';
import { hashPassword, passwordHash } from './passwords.ts';

/** `viewer` looks; `operator` acts too. */
export const USER_ROLES = ['operator', 'viewer'] as const;
export type UserRole = (typeof USER_ROLES)[number];

const named = z.object({
  name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/),
  role: z.enum(USER_ROLES),
});

/** `values` is the right to see values of rows. A user without a password is a program, which shows its token. */
const user = named.extend({
  values: z.boolean(),
  scrypt: passwordHash.nullable(),
  token: z.object({ sha256: z.base64(), madeAt: z.iso.datetime() }).nullable(),
});

/** A user of the dashboard: a person or a program. */
export type User = z.infer<typeof user>;

/** A user from before the right to see values existed. Operators saw values then, so they keep that right. */
const olderUser = named.extend({ scrypt: passwordHash }).transform((old): User => {
  return { ...old, values: old.role === 'operator', token: null };
});

const usersFile = z.discriminatedUnion('v', [
  z.object({ v: z.literal(2), users: z.array(user) }),
  z.object({ v: z.literal(1), users: z.array(olderUser) }),
]);

/** The file of users cannot be used. `shown` is the message for visitors and `hint` says what to do. Neither names the path. */
export class UsersFileError extends ErrorWithHint {
  override readonly name = 'UsersFileError';
  readonly shown: string;

  constructor(file: string, what: string, hint: string) {
    super(`the file of users ${file} ${what}`, hint);
    this.shown = `the file of users ${what}`;
  }
}

/** The names that are allowed, in words. */
export const USER_NAME_ALLOWED =
  'letters, digits and . _ @ -, at most 64, beginning with a letter or a digit';

export const isUserName = (name: string): boolean => named.shape.name.safeParse(name).success;

/** What a user may do. */
export type Rights = Pick<User, 'role' | 'values'>;

/** Makes a user from a name and a password. */
export async function makeUser(name: string, { role, values }: Rights, password: string): Promise<User> {
  return { name, role, values, scrypt: await hashPassword(password), token: null };
}

/** A new token for a program, and what the file keeps of it. The token is random, so a plain hash is enough. */
export function makeToken(): { readonly token: string; readonly kept: NonNullable<User['token']> } {
  const token = `sluice_${randomBytes(24).toString('base64url')}`;
  return { token, kept: { sha256: sha256(token), madeAt: new Date().toISOString() } };
}

/** The user whose token a header `Authorization: Bearer ...` shows. */
export function bearerOf(users: readonly User[], authorization: string | undefined): User | undefined {
  const token = tokenIn(authorization);
  if (token === undefined) return undefined;
  // Hashes are compared, so that the time the comparison takes reveals nothing about the token.
  const shown = sha256(token);
  return users.find((one) => one.token?.sha256 === shown);
}

function tokenIn(authorization: string | undefined): string | undefined {
  return /^Bearer ([\w-]{1,200})$/i.exec(authorization ?? '')?.[1];
}

/** Whether the header shows METRICS_TOKEN. */
export function showsMetricsToken(
  { metricsToken }: Pick<Config, 'metricsToken'>,
  authorization: string | undefined,
): boolean {
  const shown = tokenIn(authorization);
  return metricsToken !== undefined && shown !== undefined && sha256(shown) === sha256(metricsToken);
}

/** Whether the header opens `/metrics`: by METRICS_TOKEN, or by the token of a user, unless their file cannot be used. */
export function opensMetrics(
  config: Pick<Config, 'metricsToken' | 'dashboardUsers'>,
  authorization: string | undefined,
): boolean {
  if (showsMetricsToken(config, authorization)) return true;
  try {
    return bearerOf(readUsers(config.dashboardUsers) ?? [], authorization) !== undefined;
  } catch (error) {
    if (error instanceof UsersFileError) return false;
    throw error;
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}

/**
 * The users in the file; undefined when the file does not exist.
 *
 * @throws {UsersFileError} when the file cannot be read, is not a file of users, or may be read by others
 */
export function readUsers(file: string): User[] | undefined {
  let text: string;
  try {
    if ((statSync(file).mode & 0o077) !== 0) {
      const hint = 'run chmod 600 on it; if others may have read it, give its users new passwords';
      throw new UsersFileError(file, 'can be read by others', hint);
    }
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof UsersFileError) throw error;
    if (codeOf(error) === 'ENOENT') return undefined;
    throw new UsersFileError(file, `cannot be read (${codeOf(error)})`, 'let this user read it');
  }
  try {
    return usersFile.parse(JSON.parse(text)).users;
  } catch {
    const hint = 'move it away and make a new one with "npm run sluice -- user add NAME --role operator"';
    throw new UsersFileError(file, 'is not one that Sluice has written', hint);
  }
}

/** Replaces the file. Only its owner may read it. */
export function writeUsers(file: string, users: readonly User[]): void {
  makeFolderOf('DASHBOARD_USERS', dirname(file));
  writeAtomically(file, `${JSON.stringify({ v: 2, users }, null, 2)}\n`, 0o600);
}
