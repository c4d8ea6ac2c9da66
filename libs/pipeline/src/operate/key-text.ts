import type { Contract } from '@sluice/core';
import type { KeyValues } from '@sluice/ledger';
import { OperationRefused } from './operator.ts';

/**
 * The key that a person names.
 *
 * @param given `field=value` for each field of the key, in any order, or only the value if there is one field
 * @throws {OperationRefused} when that is no key of this contract
 */
export function keyOfText(feed: string, { fields, key }: Contract, given: readonly string[]): KeyValues {
  const [only] = given;
  const [single] = key;
  const named = new Map(
    key.length === 1 && given.length === 1 && !only?.startsWith(`${single}=`)
      ? [[single ?? '', only ?? '']]
      : given.map((text) => [text.split('=')[0] ?? '', text.slice(text.indexOf('=') + 1)]),
  );
  const lacking = key.filter((name) => !named.has(name));
  const other = [...named.keys()].filter((name) => !key.includes(name));
  if (lacking.length > 0 || other.length > 0 || named.size !== given.length) {
    throw new OperationRefused(
      `this is no key of the feed ${feed}: ${given.map((text) => JSON.stringify(text)).join(' ')}`,
      `give ${key.map((name) => `${name}=VALUE`).join(' ')}`,
    );
  }
  const uuids = new Set(
    fields.filter((field) => 'format' in field && field.format === 'uuid').map(({ name }) => name),
  );
  return Object.fromEntries(
    key.map((name) => {
      const text = named.get(name) ?? '';
      return [name, uuids.has(name) ? text.trim().toLowerCase() : text];
    }),
  );
}
