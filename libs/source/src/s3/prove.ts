import { SourceAway } from '../errors.ts';
import type { Ability, ProvedCleanUp } from '../source.ts';
import { failedOf } from './failure.ts';
import { beside, copiesAnyway, ignores, removesAnyway } from './moves.ts';
import { type S3Key, s3Place } from './place.ts';
import { policyFor } from './policy.ts';
import type { SourceBucket } from './s3.ts';

/**
 * What this role may do with a source and its archive. Every trial of a change has a condition that nothing meets, so it shows the right
 * and changes nothing, and shows as well that the store heeds conditions. Without an object, only the listing can be tried.
 */
export async function prove(
  source: SourceBucket,
  { deletes, movesTo }: ProvedCleanUp,
): Promise<readonly Ability[]> {
  const places = movesTo.filter((place) => place.startsWith('s3://'));
  const policy = JSON.stringify(policyFor({ source: source.path, deletes, movesTo: places }));
  const hint = `give the role this policy: ${policy}`;
  const abilities: Ability[] = [];
  const attempt = async (may: Ability['may'], found: string, work: () => Promise<boolean>) => {
    try {
      if (await work()) throw ignores(source.store);
      abilities.push({ may, ok: true, found });
      return true;
    } catch (error) {
      const said = error instanceof Error ? error.message : String(error);
      const denied =
        failedOf(error).status === 403 || (error instanceof SourceAway && error.code === 'AccessDenied');
      const other = error instanceof SourceAway ? error.hint : 'see to the store';
      abilities.push({ may, ok: false, found: said, hint: denied ? hint : other });
      return false;
    }
  };
  let first: { readonly name: string; readonly at: S3Key } | undefined;
  const lists = await attempt('list', `${source.path} can be listed`, async () => {
    for await (const { files } of source.list()) {
      const name = files[0]?.name;
      if (name !== undefined) first = { name, at: source.keyOf(name) };
      break;
    }
    return false;
  });
  if (!lists || first === undefined) return abilities;
  const { name, at } = first;
  await attempt('read', `${name} can be read`, async () => {
    const trouble = await source.trouble(name);
    if (trouble !== undefined) throw trouble.cause;
    return false;
  });
  for (const to of places) {
    const { bucket, prefix } = s3Place(to);
    const nothing = beside({ bucket, key: prefix });
    await attempt('archive', `objects can be copied to ${to}`, () => copiesAnyway(source.store, at, nothing));
  }
  if (deletes || places.length > 0)
    await attempt('delete', `objects of ${source.path} can be removed`, () =>
      removesAnyway(source.store, at),
    );
  return abilities;
}
