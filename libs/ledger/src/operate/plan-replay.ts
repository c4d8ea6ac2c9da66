import { type Contract, type Field, type Load, writeLoad } from '@sluice/core';
import { z } from 'zod';
import type { Sql } from '../client.ts';
import { runForOne } from '../statements.ts';

const loaded = z.object({ files: z.int(), records: z.int(), rows: z.int(), rejects: z.int() });

/** What a replay of the files that a feed has loaded would do to rows, when its contract changes. */
export interface ReplayPlan {
  /** What was loaded by the contract before, and is not undone. */
  readonly loaded: Readonly<z.output<typeof loaded>>;
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Fields whose texts may mean other values, or other rejects. */
  readonly changed: readonly string[];
  /**
   * `none`: a replay is refused where every record is a row. `rows`: another table or another key, so all records become rows there.
   * `conflicts`: rows stay as they are, and a record with other content becomes a conflict. `duplicates`: rows stay, every record that
   * is a row becomes a duplicate. In the last two cases rejects that the change now accepts become rows.
   */
  readonly effect: 'none' | 'rows' | 'conflicts' | 'duplicates';
}

/** Says what a replay of the loaded files would change. It compares the contracts, and reads no file. */
export async function planReplay(sql: Sql, feed: string, from: Load, to: Load): Promise<ReplayPlan> {
  const [before, now] = [from.contract, to.contract];
  const asked = [feed, JSON.stringify(writeLoad(from))];
  const known = new Map(before.fields.map((field) => [field.name, field]));
  const wanted = new Map(now.fields.map((field) => [field.name, field]));
  const added = now.fields.flatMap(({ name }) => (known.has(name) ? [] : [name]));
  const removed = before.fields.flatMap(({ name }) => (wanted.has(name) ? [] : [name]));
  const rules = JSON.stringify(writeLoad(from).rules) === JSON.stringify(writeLoad(to).rules);
  const changed = now.fields.flatMap((field) => {
    const own = known.get(field.name);
    return own !== undefined && JSON.stringify(sorted(own)) !== JSON.stringify(sorted(field))
      ? [field.name]
      : [];
  });
  const sameRows = rules && added.length + removed.length + changed.length === 0;
  const plan = { loaded: await runForOne(sql, 'operate/loaded-by', loaded, asked), added, removed, changed };
  return { ...plan, effect: effectOf(before, now, sameRows) };
}

function effectOf(before: Contract, now: Contract, sameRows: boolean): ReplayPlan['effect'] {
  if (now.duplicates === 'keep') return 'none';
  if (before.table !== now.table || before.key.join() !== now.key.join()) return 'rows';
  return sameRows ? 'duplicates' : 'conflicts';
}

function sorted(field: Field): [string, unknown][] {
  return Object.entries(field).sort(([a], [b]) => (a < b ? -1 : 1));
}
