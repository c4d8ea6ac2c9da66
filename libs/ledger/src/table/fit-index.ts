import type { FoundIndex } from './facts.ts';
import { type Fitting, type Misfit, refused, warning } from './misfit.ts';

/** Types that have more than one way to say one value, or no order that holds everywhere. */
const NO_KEY = new Set(['real', 'double precision', 'interval', 'json', 'jsonb', 'xml']);

/** Which index decides that two rows have one key: exactly the key, and able to refuse a row at once. */
export function indexMisfits(of: Fitting): Misfit[] {
  const { facts, columns } = of;
  const { table, key } = of.contract;
  const found = key.flatMap((name) => {
    const column = columns.get(name);
    return column !== undefined && NO_KEY.has(column.base)
      ? [
          refused(
            'key_type',
            `the key column ${name} of ${table} is of type ${column.type}, in which one value has several forms`,
            'use another key, or another type',
          ),
        ]
      : [];
  });
  const outside = facts.partitionedBy.filter((name) => !key.includes(name));
  if (outside.length > 0) {
    const by = outside.map((name) => name || 'an expression').join(', ');
    const text = `${table} is partitioned by ${by}, outside the key (${key.join(', ')})`;
    return [
      ...found,
      refused(
        'partition_outside_key',
        text,
        'only with that column in the key can an index over all partitions be unique',
      ),
    ];
  }
  const own = facts.indexes.filter((index) => !index.expression && sameSet(index.columns, key));
  if (own.some((index) => faultOf(index) === undefined)) return [...found, ...others(of)];
  const [near] = own.map((index) => ({ index, fault: faultOf(index) }));
  const all = facts.indexes.find((index) => index.expression);
  const wanted = `CREATE UNIQUE INDEX ON ${table} (${key.join(', ')})`;
  const why =
    near?.fault !== undefined
      ? `; ${near.index.name} does not serve: it ${near.fault}`
      : all !== undefined
        ? `; ${all.name} does not serve: it is on an expression`
        : '';
  const text = `${table} has no unique index on exactly (${key.join(', ')})${why}`;
  return [...found, refused('no_index', text, wanted)];
}

/** Why an index on the right columns does not serve. */
function faultOf({ valid, immediate, partial, otherCollation }: FoundIndex): string | undefined {
  if (!valid) return 'is not valid: building it has failed or goes on';
  if (partial) return 'holds only a part of the rows';
  if (!immediate) return 'is deferrable';
  return otherCollation ? 'has another collation than its column' : undefined;
}

/** A row that another unique index refuses becomes a reject. */
function others({ contract: { key, table }, facts }: Fitting): Misfit[] {
  return facts.indexes
    .filter((index) => index.expression || !sameSet(index.columns, key))
    .map(({ name, columns }) =>
      warning(
        'other_unique_index',
        `the index ${name} of ${table} is unique too${columns.length > 0 ? `, on (${columns.join(', ')})` : ''}`,
        'a row that it refuses becomes a reject refused_by_database, although its key is new',
      ),
    );
}

function sameSet(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((name) => others.includes(name));
}
