import { connectPostgres, migrate } from '@sluice/ledger';

/** The database that the tests' databases are copied from. Copying it is faster than running all migrations. */
export const LEDGER_TEMPLATE = 'ledger_template';

/** Makes the template on the PostgreSQL of a test run, before the first test. */
export async function makeLedgerTemplate(postgresUrl: string): Promise<void> {
  const server = connectPostgres(postgresUrl, 'test');
  await server`CREATE DATABASE ${server(LEDGER_TEMPLATE)} TEMPLATE template0`;
  await server.end();
  const url = new URL(postgresUrl);
  url.pathname = `/${LEDGER_TEMPLATE}`;
  const template = connectPostgres(url.href, 'test');
  await migrate(template);
  await template.end();
}
