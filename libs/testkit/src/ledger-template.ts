import { connectPostgres, migrate } from '@sluice/ledger';

/** The database that those of the tests are copied from: to run all migrations takes longer than to copy what they made. */
export const LEDGER_TEMPLATE = 'ledger_template';

/** Makes it on the PostgreSQL of a test run, before the first test. */
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
