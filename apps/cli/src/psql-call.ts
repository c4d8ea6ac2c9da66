import { type Config, databaseAddress } from '@sluice/process';

/** How psql is called: an address without its password, which other users could see in the list of processes, and the environment. */
export interface PsqlCall {
  readonly address: string;
  readonly env: Readonly<Record<string, string>>;
  /** The user whose rights the session has. */
  readonly user: string;
}

/**
 * The call for the database of these settings. Unless it is to write, the session is that of DATABASE_READ_URL, or one of
 * DATABASE_URL whose transactions only read.
 */
export function psqlCall(config: Config, { write }: { readonly write: boolean }): PsqlCall {
  const readUrl = write ? undefined : config.databaseReadUrl;
  const url = new URL(readUrl ?? databaseAddress(config));
  const secrets = { PGPASSWORD: decodeURIComponent(url.password) };
  url.password = '';
  // libpq has no variable for the password of a key, and asks for it.
  url.searchParams.delete('sslpassword');
  return {
    address: url.href,
    env: {
      PGAPPNAME: 'sluice psql',
      ...(secrets.PGPASSWORD === '' ? {} : secrets),
      ...(write ? {} : { PGOPTIONS: '-c default_transaction_read_only=on' }),
    },
    user: decodeURIComponent(url.username),
  };
}
