import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { writeAtomically } from './servers/server-folder.ts';

/** `viewer` looks; `operator` acts too. */
export const USER_ROLES = ['operator', 'viewer'] as const;
export type UserRole = (typeof USER_ROLES)[number];

const bytes = z.base64();
const user = z.object({
  name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/),
  role: z.enum(USER_ROLES),
  scrypt: z.object({ N: z.number(), r: z.number(), p: z.number(), salt: bytes, hash: bytes }),
});
const usersFile = z.object({ v: z.literal(1), users: z.array(user) });

/** A user of the dashboard. The password itself is nowhere. */
export type User = z.infer<typeof user>;

/** The file of users cannot be used; `hint` says what to do. */
export class UsersFileError extends Error {
  override readonly name = 'UsersFileError';
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.hint = hint;
  }
}

/** What a name may be, in words. */
export const USER_NAME_ALLOWED =
  'letters, digits and . _ @ -, at most 64, beginning with a letter or a digit';

export const isUserName = (name: string): boolean => user.shape.name.safeParse(name).success;

/** OWASP's advice of 2024: 32 MiB and about 60 ms a try. */
const COST = { N: 2 ** 15, r: 8, p: 1 } as const;
const LENGTH = 32;

const derive = promisify<string, Buffer, number, object, Buffer>(scrypt);

function hashOf(password: string, salt: Buffer, { N, r, p }: typeof COST | User['scrypt']): Promise<Buffer> {
  return derive(password.normalize('NFC'), salt, LENGTH, { N, r, p, maxmem: 256 * N * r });
}

/** Makes a user of a name and a password. */
export async function makeUser(name: string, role: UserRole, password: string): Promise<User> {
  const salt = randomBytes(16);
  const hash = await hashOf(password, salt, COST);
  return { name, role, scrypt: { ...COST, salt: salt.toString('base64'), hash: hash.toString('base64') } };
}

const nobody = makeUser('nobody', 'viewer', randomBytes(16).toString('hex'));

/** Says whether this is the user's password. Takes as long when there is no such user. */
export async function isPassword(known: User | undefined, password: string): Promise<boolean> {
  const { scrypt: stored } = known ?? (await nobody);
  const hash = await hashOf(password, Buffer.from(stored.salt, 'base64'), stored);
  const expected = Buffer.from(stored.hash, 'base64');
  return expected.length === hash.length && timingSafeEqual(expected, hash) && known !== undefined;
}

/**
 * The users of the file; none when there is no such file.
 *
 * @throws {UsersFileError} when it is no such file, or others may read it
 */
export function readUsers(file: string): User[] {
  let text: string;
  try {
    if ((statSync(file).mode & 0o077) !== 0) {
      const hint = `chmod 600 ${JSON.stringify(file)}; if others may have read it, give its users new passwords`;
      throw new UsersFileError(`the file of users ${file} can be read by others`, hint);
    }
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    if (!(error instanceof Error) || !('code' in error)) throw error;
    throw new UsersFileError(
      `the file of users ${file} cannot be read (${error.code})`,
      'let this user read it',
    );
  }
  try {
    return usersFile.parse(JSON.parse(text)).users;
  } catch {
    const hint = 'move it away and make it anew with "npm run sluice -- user add NAME --role operator"';
    throw new UsersFileError(`the file of users ${file} is not one that Sluice has written`, hint);
  }
}

/** Replaces the file, for its owner's eyes only. */
export function writeUsers(file: string, users: readonly User[]): void {
  mkdirSync(dirname(file), { recursive: true });
  writeAtomically(file, `${JSON.stringify({ v: 1, users }, null, 2)}\n`, 0o600);
}
