import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { z } from 'zod';

const bytes = z.base64();

/** What is stored for a password. The password itself is never stored. */
export const passwordHash = z.object({
  N: z.number(),
  r: z.number(),
  p: z.number(),
  salt: bytes,
  hash: bytes,
});
export type PasswordHash = z.infer<typeof passwordHash>;

/** OWASP's advice of 2024. Each try takes 32 MiB and about 60 ms. */
const COST = { N: 2 ** 15, r: 8, p: 1 } as const;
const LENGTH = 32;

const derive = promisify<string, Buffer, number, object, Buffer>(scrypt);

function hashOf(password: string, salt: Buffer, { N, r, p }: typeof COST | PasswordHash): Promise<Buffer> {
  return derive(password.normalize('NFC'), salt, LENGTH, { N, r, p, maxmem: 256 * N * r });
}

export async function hashPassword(password: string): Promise<PasswordHash> {
  const salt = randomBytes(16);
  const hash = await hashOf(password, salt, COST);
  return { ...COST, salt: salt.toString('base64'), hash: hash.toString('base64') };
}

/** A hash that no password has. Comparing with it only takes the usual time. */
const NOBODYS: PasswordHash = {
  ...COST,
  salt: randomBytes(16).toString('base64'),
  hash: Buffer.alloc(LENGTH).toString('base64'),
};

/** Whether the hash belongs to this password. Takes equally long without a hash, such as for an unknown user. */
export async function isPassword(
  stored: PasswordHash | null | undefined,
  password: string,
): Promise<boolean> {
  const against = stored ?? NOBODYS;
  const hash = await hashOf(password, Buffer.from(against.salt, 'base64'), against);
  const expected = Buffer.from(against.hash, 'base64');
  return expected.length === hash.length && timingSafeEqual(expected, hash) && Boolean(stored);
}
