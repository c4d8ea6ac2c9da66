import { findRefusedRows, forContract } from '@sluice/ledger';
import { batchOf, identityOf, stagedRows } from './failures.ts';
import { contractAt } from './feeds.ts';
import { route } from './route.ts';
import { found, jobOrder } from './schemas.ts';

/** The most records that the answer lists one by one. */
const TOLD = 50;

export const findRoute = route({
  method: 'POST',
  path: '/api/actions/find',
  summary:
    'Tries the records of a failed batch, takes all of it back, and says which ones PostgreSQL refuses',
  body: jobOrder,
  answer: found,
  answerTo: async ({ body: { queue, job } }, { servers, acting: stores }) =>
    await servers.ask(
      ['redis', 'postgres'],
      async () => {
        const batch = await batchOf(queue, job, stores);
        const contract = await contractAt(stores.sql, batch.contractNo);
        const staged = await stagedRows(batch, contract, stores);
        const rows = staged.flatMap(({ fileNo, file, rows: own }) =>
          own.map((row) => ({ fileNo, file, row })),
        );
        const refusals = await findRefusedRows(forContract(stores.sql, contract), rows, { anyFailure: true });
        const refused = [...refusals].flatMap(([index, why]) => {
          const at = rows[index];
          return at
            ? [
                {
                  fileNo: at.fileNo,
                  file: at.file,
                  line: at.row.sluice_line,
                  ...identityOf(contract, at.row, at.fileNo),
                  ...why,
                },
              ]
            : [];
        });
        return {
          refused: refused.slice(0, TOLD),
          more: refused.length > TOLD,
          message: messageOf(refused.length, rows.length),
        };
      },
      { patiently: true },
    ),
});

function messageOf(refused: number, tried: number): string {
  if (tried === 0) return 'no record of this batch is staged any more';
  if (refused === 0) return `PostgreSQL takes all ${tried} records now: retry the batch`;
  if (refused === tried && tried > 1) return `no single record is to blame: PostgreSQL refuses all ${tried}`;
  return refused === 1
    ? 'PostgreSQL refuses 1 record; it takes the others'
    : `PostgreSQL refuses ${refused} records; it takes the others`;
}
