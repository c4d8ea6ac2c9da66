import { connectPostgres, isForbidden } from '@sluice/ledger';
import type { FeedStores } from '@sluice/pipeline';

/** The same stores, but with the role of DATABASE_READ_URL in PostgreSQL. The pages show only what that role may read. */
export function readerOf(stores: FeedStores): FeedStores {
  const { databaseReadUrl } = stores.config;
  const { eventsTable } = stores.sql;
  if (databaseReadUrl === undefined) return stores;
  const sql = connectPostgres(databaseReadUrl, 'dashboard', { eventsTable, log: stores.log });
  return { ...stores, sql };
}

/** The answer, or null if that role may not read it. */
export async function ifAllowed<T>(question: Promise<T>): Promise<T | null> {
  try {
    return await question;
  } catch (error) {
    if (isForbidden(error)) return null;
    throw error;
  }
}
