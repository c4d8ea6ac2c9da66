import { s3Place } from './place.ts';

/** What a role has to be able to do with a source. */
export interface Needed {
  /** The address of the source. */
  readonly source: string;
  readonly deletes: boolean;
  /** The addresses of archive and quarantine. */
  readonly movesTo: readonly string[];
}

interface Statement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: { readonly StringLike: { readonly 's3:prefix': readonly string[] } };
}

/** An IAM policy. */
export interface Policy {
  readonly Version: '2012-10-17';
  readonly Statement: readonly Statement[];
}

/**
 * The least rights that a feed needs: list and read its source, copy into its archive, and remove what was copied or loaded. The archive
 * is listed and read as well, because each copy is checked there before the object goes.
 */
export function policyFor({ source, deletes, movesTo }: Needed): Policy {
  const [from, ...targets] = [source, ...movesTo].map(s3Place);
  if (from === undefined) throw new Error('there is no source');
  const objects = (places: readonly { bucket: string; prefix: string }[]) =>
    places.map(({ bucket, prefix }) => `arn:aws:s3:::${bucket}/${prefix}*`);
  const listed = new Map<string, string[]>();
  for (const { bucket, prefix } of [from, ...targets])
    listed.set(bucket, [...(listed.get(bucket) ?? []), `${prefix}*`]);
  const lists = [...listed].map(
    ([bucket, prefixes], i): Statement => ({
      Sid: i === 0 ? 'List' : `List${i + 1}`,
      Effect: 'Allow',
      Action: 's3:ListBucket',
      Resource: `arn:aws:s3:::${bucket}`,
      Condition: { StringLike: { 's3:prefix': prefixes } },
    }),
  );
  const allow = (Sid: string, Action: string, places: readonly { bucket: string; prefix: string }[]) =>
    places.length === 0
      ? []
      : [{ Sid, Effect: 'Allow', Action, Resource: objects(places) } satisfies Statement];
  return {
    Version: '2012-10-17',
    Statement: [
      ...lists,
      ...allow('Read', 's3:GetObject', [from, ...targets]),
      ...allow('Archive', 's3:PutObject', targets),
      ...allow('Remove', 's3:DeleteObject', deletes || targets.length > 0 ? [from] : []),
    ],
  };
}
