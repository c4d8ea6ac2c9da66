import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { CsvReader } from '@sluice/core';
import { tempFolder, waitFor } from '@sluice/testkit';
import postgres from 'postgres';
import { expect, it } from 'vitest';
import { ownServers, type Place, type Run, sharedServers, sluice } from './cli.ts';

const columns = 'event_id,event_type,product_id,user_id,event_timestamp,quantity,price';
const id = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const line = (n: number, at = '2026-01-01 00:00:00') => `${id(n)},view,p,u,${at},1,1.00`;

function write(folder: string, name: string, content: string | Buffer): string {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

const drop = (place: Place, name: string, lines: readonly string[]) =>
  write(join(place.DATA_DIR ?? '', 'input_data'), name, `${[columns, ...lines].join('\n')}\n`);

async function done(code: number, run: Run): Promise<Run> {
  expect(await run.ended, run.stderr() + run.stdout()).toBe(code);
  return run;
}

/** The records of CSV text by their header's names. */
function recordsOf(text: string): Record<string, string>[] {
  const reader = new CsvReader();
  const [header, ...records] = [...reader.push(text.replace(/^\ufeff/, '')), ...reader.end()].flat();
  return records.map(({ fields }) =>
    Object.fromEntries(header?.fields.map((name, i) => [name, fields[i] ?? '']) ?? []),
  );
}

/** As a spreadsheet program saves it: everything quoted, in an order of its own, with a mark and CRLF. */
function saved(records: readonly Record<string, string>[]): string {
  const names = Object.keys(records[0] ?? {}).reverse();
  const cells = (values: readonly string[]) =>
    values.map((value) => `"${value.replaceAll('"', '""')}"`).join(',');
  const lines = [names, ...records.map((record) => names.map((name) => record[name] ?? ''))].map(cells);
  return `\ufeff${lines.join('\r\n')}\r\n`;
}

it.each(['--csv', '--spreadsheet'])(
  'rejects that were exported with %s, corrected and resubmitted are in the table with every value as it was, once',
  async (form) => {
    const place = await sharedServers();
    const odd = [
      '=1+1',
      "'=1",
      "''@x",
      '-5',
      '+3',
      '\ttab',
      'a,"b"',
      'two\nlines',
      'CR\rin it',
      '日本 😀',
      ' spaces ',
    ];
    const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
    drop(place, 'a.csv', [
      ...odd.map((text, n) => `${id(n)},${quoted(text)},${quoted(text)},u,tomorrow,,0.10`),
      line(100),
    ]);
    await done(0, sluice(place, 'drain'));
    const exported = await done(0, sluice(place, 'rejects', form));
    const records = recordsOf(exported.stdout());
    expect(records.map(({ line: at }) => Number(at))).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 14]);
    const formulas = records.flatMap(Object.values).filter((cell) => /^[=+\-@\t\r]/.test(cell));
    expect(formulas.length > 0).toBe(form === '--csv');
    const fixed = records.map((record) => ({ ...record, event_timestamp: '2026-01-01 00:00:00' }));
    const path = write(tempFolder(), 'fixed.csv', saved(fixed));

    const tried = await done(0, sluice(place, 'resubmit', path, '--dry-run'));
    expect(tried.stdout()).toMatch(
      /^Would load 11 of 11 corrected rejects: 11 rows \+ 0 duplicates\nNothing was/,
    );
    const both = [sluice(place, 'resubmit', path, '--json'), sluice(place, 'resubmit', path, '--json')];
    expect((await Promise.all(both.map(({ ended }) => ended))).sort()).toEqual([0, 1]);
    const results = both.map((run) => JSON.parse(run.stdout()));
    expect(results.map(({ inserted }) => inserted).sort()).toEqual([0, 11]);

    const sql = postgres(place.DATABASE_URL ?? '', { max: 1 });
    const rows = await sql`SELECT event_type, product_id FROM events WHERE price = 0.10 ORDER BY event_id`;
    await sql.end();
    expect(rows.map(({ event_type }) => event_type)).toEqual(odd);
    expect(rows.map(({ product_id }) => product_id)).toEqual(odd);
    const [again, proof, event] = await Promise.all([
      done(1, sluice(place, 'resubmit', path)),
      done(0, sluice(place, 'verify')),
      done(0, sluice(place, 'event', id(4))),
    ]);
    expect(again.stdout()).toMatch(
      /^Nothing was loaded\n\nNot loaded: 11 \(11 of them resubmitted before\)\n/,
    );
    expect(proof.stdout()).toContain('12 records = 12 inserted + 0 duplicates + 0 rejects');
    expect(event.stdout()).toMatch(
      /^It is line 6 of a\.csv \(file 1\): a reject \(invalid_timestamp\), corrected and/m,
    );
    await done(0, sluice(place, 'undo', 'a.csv', '--yes'));
    await Promise.all([done(1, sluice(place, 'event', id(4))), done(0, sluice(place, 'verify'))]);
  },
);

it('rejects lists by file, reason and time, newest file first, and says how many there are of each reason', async () => {
  const place = await sharedServers();
  drop(place, 'a.csv', [line(1, 'no'), 'x,view,p,u,2026-01-01 00:00:00,1,1.00']);
  await done(1, sluice(place, 'drain'));
  drop(place, 'b.csv', [line(2, '\u001b[2Jno'), line(3), line(3), `${line(4)},more`]);
  await done(0, sluice(place, 'drain'));
  const all = await done(0, sluice(place, 'rejects'));
  const shown = all.stdout().split('\n');
  expect(shown[0]).toMatch(/^file +line +column +reason +expected +record$/);
  expect(shown.slice(1, 5).map((text) => text.split(/ +/).slice(0, 3).join(' '))).toEqual([
    'b.csv 2 event_timestamp',
    'b.csv 5 field_count',
    'a.csv 2 event_timestamp',
    'a.csv 3 event_id',
  ]);
  expect(all.stdout()).toContain(
    '\n4 rejects, and what was expected\n  invalid_timestamp  2  YYYY-MM-DD HH:MM:SS',
  );
  expect(all.stdout()).not.toContain('\u001b');
  const ofFile = await done(0, sluice(place, 'rejects', '--file', 'b.csv'));
  expect(ofFile.stdout()).toContain(
    '\n  npm run --silent sluice -- rejects --file b.csv --csv > rejects.csv\n  npm run sluice -- resubmit rejects.csv\n',
  );
  const [json, few, none, later, empty, wrong] = [
    sluice(place, 'rejects', '--json', '--file', 'b.csv', '--reason', 'field_count'),
    sluice(place, 'rejects', '--json', '--limit', '3', '--since', '1h'),
    sluice(place, 'rejects', '--file', 'c.csv'),
    sluice(place, 'rejects', '--since', '2100-01-01'),
    sluice(place, 'rejects', '--json', '--reason', 'broken_quote'),
    sluice(place, 'rejects', '--reason', 'bad_luck'),
  ];
  await Promise.all([
    done(0, json),
    done(0, few),
    done(2, none),
    done(0, later),
    done(0, empty),
    done(2, wrong),
  ]);
  expect(wrong.stderr()).toMatch(/--reason: got "bad_luck"\n.*allowed: [\w, ]*null_event_id/);
  expect(JSON.parse(json.stdout())).toMatchObject([
    {
      ...{ fileNo: 2, file: 'b.csv', line: 5, column: null, reason: 'field_count', state: 'open' },
      ...{ raw: `${line(4)},more`, expected: 'as many fields as the header names', resubmittedAt: null },
    },
  ]);
  expect(JSON.parse(few.stdout())).toHaveLength(3);
  expect(none.stderr()).toContain('no file "c.csv" has been loaded\nWhat to do: check the name.');
  expect(later.stdout()).toBe('No rejects\n');
  expect(JSON.parse(empty.stdout())).toEqual([]);
});

it('rejects ends quietly when its reader goes away, and writes all of it to one that is slow', async () => {
  const place = await sharedServers();
  drop(
    place,
    'a.csv',
    Array.from({ length: 3_000 }, (_, n) => line(n, 'no')),
  );
  await done(1, sluice(place, 'drain'));
  const gone = sluice(place, 'rejects', '--csv');
  gone.process.stdout?.once('data', () => gone.process.stdout?.destroy());
  expect(await gone.ended).toBe(0);
  expect(gone.stderr()).toBe('');
  const slow = sluice(place, 'rejects', '--csv');
  const { stdout } = slow.process;
  stdout?.pause();
  await waitFor(() => (stdout?.readableLength ?? 0) > 0, { what: 'the first of it' });
  stdout?.resume();
  await done(0, slow);
  expect(recordsOf(slow.stdout())).toHaveLength(3_000);
});

it('resubmit tells what is still wrong, by the line of the corrected file, and loads the rest', async () => {
  const place = await sharedServers();
  drop(place, 'a.csv', [line(1, 'no'), line(2, 'no')]);
  await done(1, sluice(place, 'drain'));
  const exported = await done(0, sluice(place, 'rejects', '--csv'));
  const path = write(
    tempFolder(),
    'half.csv',
    exported.stdout().replace(',no,1,1.00,', ',2026-01-01 00:00:00,1,1.00,'),
  );
  const run = await done(1, sluice(place, 'resubmit', path));
  expect(run.stdout()).toMatch(
    /^Loaded 1 of 2 corrected rejects: 1 row \+ 0 duplicates\n\nNot loaded: 1\nline +reject +column +reason +expected\n +3 +a\.csv line 3 +event_timestamp +invalid_timestamp +YYYY/,
  );
  const [missing, wrong] = [
    sluice(place, 'resubmit', 'none.csv'),
    sluice(place, 'resubmit', join(place.DATA_DIR ?? '', 'input_data/a.csv')),
  ];
  await Promise.all([done(2, missing), done(2, wrong)]);
  expect(missing.stderr()).toMatch(/^sluice resubmit: "none\.csv" does not exist\nWhat to do: /);
  expect(wrong.stderr()).toMatch(
    /a\.csv" lacks file_no, line\nWhat to do: take the output of "sluice rejects --csv"/,
  );
});

it('quarantine lists what could not be read, how far it was read, where it lies, and what to do', async () => {
  const place = await sharedServers();
  const source = join(place.DATA_DIR ?? '', 'input_data');
  const bad = Buffer.concat([Buffer.from(`${columns}\n${line(1)}\n`), Buffer.from([0xe4, 0x0a])]);
  write(source, 'latin.csv', bad);
  write(source, 'other.csv', 'id,type\n1,2\n');
  const archiving = { ...place, CLEAN_SOURCE: 'archive' };
  await done(1, sluice(archiving, 'drain'));
  drop(place, 'other.csv', [line(2)]);
  await done(0, sluice(place, 'drain'));
  const [text, json] = [sluice(place, 'quarantine', '--all'), sluice(place, 'quarantine', '--json')];
  await Promise.all([done(0, text), done(0, json)]);
  const files = JSON.parse(json.stdout()) as { name: string }[];
  expect(files.toSorted((a, b) => a.name.localeCompare(b.name))).toMatchObject([
    {
      ...{
        name: 'latin.csv',
        reason: 'encoding',
        detail: expect.stringMatching(/^line 3 is not valid UTF-8/),
        lastLine: 2,
        rows: 1,
      },
      ...{ place: 'quarantine', path: join(place.DATA_DIR ?? '', 'quarantine/latin.csv'), correctedBy: null },
    },
  ]);
  expect(text.stdout()).toMatch(
    /why +encoding: the file is not.* \(line 3 is not valid UTF-8.*\)\n +read +up to line 2: 1 row in/,
  );
  expect(text.stdout()).toMatch(
    /lies +in the quarantine folder, quarantine\/latin\.csv\n +to do +save it in the encoding of its feed, or change that; then put/,
  );
  expect(text.stdout()).toMatch(/\n2 quarantined files; 1 of them corrected since\n$/);

  // The corrected one has left the list of what needs attention by itself.
  const status = await done(1, sluice(place, 'status'));
  expect(status.stdout()).toMatch(
    /^Needs attention .*\n {2}latin\.csv .*\n.*sluice ack file_quarantined latin\.csv\n/,
  );
  expect(status.stdout()).not.toContain('other.csv');
  const wrong = await done(2, sluice(place, 'ack', 'file_lost'));
  expect(wrong.stderr()).toContain('file_quarantined');
  const none = await done(1, sluice(place, 'ack', 'file_quarantined', 'other.csv'));
  expect(none.stderr()).toMatch(/Nothing to acknowledge[\s\S]*What does:\n {2}file_quarantined latin\.csv/);
  const acked = await done(0, sluice(place, 'ack', 'file_quarantined', 'latin.csv'));
  expect(acked.stdout()).toContain('latin.csv');
  const [after, open] = [sluice(place, 'status'), sluice(place, 'quarantine', '--json')];
  await Promise.all([done(0, after), done(0, open)]);
  expect([after.stdout().includes('latin.csv'), JSON.parse(open.stdout())]).toEqual([false, []]);
});

it('lint needs no server: 0 for clean files, 1 with a table by line, 2 for what cannot be read', async () => {
  const place = ownServers();
  const folder = tempFolder();
  const good = write(folder, 'good.csv.gz', gzipSync(`${columns},note\n${line(1)},x\n${line(1)},y\n`));
  const bad = write(folder, 'bad.csv', `${columns}\n${line(1)}\n${line(2, 'no')}\n\n"${line(3)}\n`);
  const other = write(folder, 'semi.txt', `${`${columns}\n${line(1)}`.replaceAll(',', ';')}\n`);
  const cut = write(folder, 'cut.csv.gz', gzipSync(`${columns}\n${line(1)}\n`).subarray(0, 40));
  const [clean, found, semi, short, missing, json, limited] = [
    sluice(place, 'lint', good),
    sluice(place, 'lint', bad, good),
    sluice({ ...place, CSV_DELIMITER: ';' }, 'lint', other),
    sluice(place, 'lint', cut),
    sluice(place, 'lint', join(folder, 'none.csv'), bad, folder),
    sluice(place, 'lint', '--json', bad, join(folder, 'none.csv')),
    sluice({ ...place, REJECT_LIMIT: '1' }, 'lint', '--limit', '1', bad),
  ];
  await Promise.all([
    ...[done(0, clean), done(1, found), done(0, semi), done(1, short)],
    ...[done(2, missing), done(2, json), done(1, limited)],
  ]);
  expect(clean.stdout()).toMatch(
    /good\.csv\.gz\n2 records: 2 good, 0 rejects\n {2}1 record of the good repeat.*\n {2}1 column beside the 7/,
  );
  expect(found.stdout()).toMatch(
    /bad\.csv +3 +event_timestamp +invalid_timestamp +YYYY.*,no,1,1\.00\n.*bad\.csv +5 +broken_quote +quotes/,
  );
  expect(found.stdout()).toMatch(/\n3 records: 1 good, 2 rejects\n/);
  expect(semi.stdout()).toContain('it would be left alone: its name matches none of *');
  expect(short.stdout()).toMatch(
    /Would be quarantined: compression: .*\(gzip content that ends too early\)\nUp to there/,
  );
  expect(missing.stderr()).toMatch(/none\.csv" does not exist\nWhat to do: .*\nsluice lint: .* is no file\n/);
  expect(missing.stdout()).toContain('3 records: 1 good, 2 rejects');
  expect(JSON.parse(json.stdout())).toMatchObject([
    {
      ...{ file: bad, records: 3, good: 1, rejects: 2, quarantine: null },
      byReason: { invalid_timestamp: 1, broken_quote: 1 },
      problems: [
        { line: 3, column: 'event_timestamp', reason: 'invalid_timestamp', raw: line(2, 'no') },
        { line: 5, column: null, reason: 'broken_quote' },
      ],
    },
    { error: expect.stringContaining('does not exist'), problems: [] },
  ]);
  expect(limited.stdout()).toMatch(
    /\.\.\. and 1 more .*\n[\s\S]*the limit of rejects is 1: all of it would be quarantined\n$/,
  );
});

it('lines that a quote takes along are told of by lint, rejects and status, and their reject is corrected as any other', async () => {
  const place = await sharedServers();
  const stray = (n: number, product: string) => line(n).replace(',p,', `,${product},`);
  const lines = [stray(1, '"5 inch'), line(2), line(3), stray(4, 'TV 40"'), line(5)];
  drop(place, 'quotes.csv', lines);
  const [, shown, status] = [
    await done(1, sluice(place, 'drain')),
    await done(0, sluice(place, 'rejects')),
    await done(1, sluice(place, 'status')),
  ];
  const linted = await done(1, sluice(place, 'lint', join(place.DATA_DIR ?? '', 'input_data', 'quotes.csv')));
  const warning = /line 2 opens a quote that is closed on line 5, .*: close it on line 2/i;
  for (const run of [shown, status, linted]) expect(run.stdout()).toMatch(warning);
  for (const run of [shown, status]) expect(run.stdout()).toMatch(/in 1 file\n +quotes\.csv +file 1\n/);
  expect(shown.stdout()).toMatch(/quotes\.csv +2-5 +product_id +value_too_long/);

  const exported = recordsOf((await done(0, sluice(place, 'rejects', '--csv'))).stdout());
  expect(exported).toMatchObject([{ line: '2', last_line: '5', event_id: id(1) }]);
  const corrected = saved(exported.map((reject) => ({ ...reject, product_id: '5 inch' })));
  await done(0, sluice(place, 'resubmit', write(tempFolder(), 'corrected.csv', corrected)));
  drop(place, 'quotes.csv', [line(1), line(2), line(3), line(4), line(5)]);
  await done(0, sluice(place, 'drain'));
  expect((await done(0, sluice(place, 'status'))).stdout()).not.toMatch(warning);
});

it('help of each command has examples; a wrong time or number is wrong usage', async () => {
  const place = ownServers();
  const helps = ['rejects', 'resubmit', 'quarantine', 'lint'].map((name) => sluice(place, name, '--help'));
  const wrong = [
    sluice(place, 'rejects', '--since', 'yesterday'),
    sluice(place, 'rejects', '--limit', '0'),
    sluice(place, 'lint'),
  ];
  for (const help of helps)
    expect((await done(0, help)).stdout()).toMatch(/\nExit codes: [\s\S]*\nExamples:\n {2}\S/);
  for (const run of wrong) expect((await done(2, run)).stderr()).toMatch(/^error: /);
});
