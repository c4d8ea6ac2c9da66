import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type Place, type Run, sharedServers, sluice } from './cli.ts';

const GERMAN = `Bestellnummer;Position;Datum;Betrag;Notiz
A-1;1;31.12.2025;1.234,50;Größe
A-1;2;31.12.2025;-3,00;
A-2;1;02.01.2026;12,99;x
Summe;;;1.244,49;
`;

async function done(code: number, run: Run): Promise<Run> {
  expect(await run.ended, run.stdout() + run.stderr()).toBe(code);
  return run;
}

it("a file of one's own is in a table of its own after feed init and feed apply, and all commands know the feed", async () => {
  const place: Place = await sharedServers();
  const folder = place.DATA_DIR ?? '';
  writeFileSync(join(folder, 'my.csv'), GERMAN);
  writeFileSync(join(folder, 'us.csv'), 'id,day\n1,01/02/2025\n2,03/04/2025\n');
  const init = await done(
    0,
    sluice(place, 'feed', 'init', 'my.csv', '--key', 'bestellnummer,position', '--table', 'shop.my', '--yes'),
  );
  expect(init.stdout()).toMatch(/\n {2}betrag +number 1\.234,5 +3 values/);
  expect(init.stdout()).toMatch(/CREATE TABLE shop\.my \([\s\S]*PRIMARY KEY \(bestellnummer, position\)/);
  expect(init.stdout()).toMatch(
    /4 records: 3 good, 1 reject\n[\s\S]*Next: .* feed apply my --load my\.csv\n$/,
  );
  // The shipped feeds count only while there is no folder of feeds.
  expect(readdirSync(join(folder, 'config/feeds'))).toContain('events.yaml');

  const [again, open] = [
    sluice(place, 'feed', 'init', 'my.csv', '--yes'),
    sluice(place, 'feed', 'init', 'us.csv', '--yes'),
  ];
  await Promise.all([done(2, again), done(1, open)]);
  expect(again.stderr()).toContain('config/feeds/my.yaml is there already, and was not changed');
  expect(open.stdout()).toMatch(/1 question to answer in it\n {2}line \d+ {2}.*day or the month first/);

  const asked = await done(2, sluice(place, 'feed', 'apply', 'my', '--load', 'my.csv'));
  expect(asked.stderr()).toContain('run it again with --yes');
  const [unanswered, applied] = [
    sluice(place, 'feed', 'apply', 'us', '--yes'),
    sluice(place, 'feed', 'apply', 'my', '--load', 'my.csv', '--yes'),
  ];
  await Promise.all([done(1, unanswered), done(0, applied)]);
  expect(unanswered.stdout()).toMatch(/config\/feeds\/us\.yaml:\d+: .*an open question/);
  expect(applied.stdout()).toMatch(/Made the table shop\.my\n[\s\S]*Copied to sources\/my\/my\.csv\n/);
  const repeated = await done(0, sluice(place, 'feed', 'apply', 'my', '--load', 'my.csv', '--yes'));
  expect(repeated.stdout()).toMatch(/^The table shop\.my is there\.\n[\s\S]*It lies there already/);

  await done(0, sluice(place, 'drain'));
  const [list, status, verify, event, rejects, check, plan] = [
    sluice(place, 'feed', 'list', '--json'),
    sluice(place, 'status'),
    sluice(place, 'verify', '--feed', 'my'),
    sluice(place, 'event', '--feed', 'my', 'position=2', 'bestellnummer=A-1'),
    sluice(place, 'rejects', '--feed', 'my', '--csv'),
    sluice(place, 'feed', 'check'),
    sluice(place, 'feed', 'plan', 'my'),
  ];
  await Promise.all([
    ...[list, status, verify, event, rejects, plan].map((run) => done(0, run)),
    done(1, check),
  ]);
  expect(JSON.parse(list.stdout())).toMatchObject([
    { feed: 'events', state: 'active', rows: 0 },
    { feed: 'my', state: 'active', table: 'shop.my', loaded: 1, open: 0, rows: 3 },
    { feed: 'us', state: 'wrong YAML' },
  ]);
  expect(status.stdout()).toMatch(/\n {2}my +0 +1 +3 +\d+ s ago +active\n/);
  for (const line of status.stdout().split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  expect(verify.stdout()).toMatch(
    /^Proof holds: 1 file, 4 records = 3 inserted \+ 0 duplicates \+ 1 reject\n$/,
  );
  expect(event.stdout()).toMatch(/betrag +-3\.00\n[\s\S]*It is line 3 of \S+sources\/my\/my\.csv\n$/);
  expect(rejects.stdout()).toMatch(
    /^file_no,file,.*,bestellnummer,position,datum,betrag,notiz,raw\n1,my\/my\.csv,5,/,
  );
  expect(check.stdout()).toMatch(/my {2}right {2}table shop\.my\nus {2}1 thing wrong\n/);

  await done(0, sluice(place, 'undo', 'my/my.csv', '--yes'));
  const renamed = await done(0, sluice(place, 'feed', 'rename', 'my', 'yours', '--yes'));
  expect(renamed.stdout()).toMatch(
    /Renamed: config\/feeds\/yours\.yaml, and 1 version of files in the ledger\n$/,
  );
  expect(existsSync(join(folder, 'config/feeds/my.yaml'))).toBe(false);
});
