import type { Load } from '@sluice/core';
import { canonicalLoad, type Declaration, type Mistake } from '@sluice/feeds';
import type { LedgerFeed } from '@sluice/ledger';

/** What is known of a feed: by its YAML here, and by the ledger. */
export interface KnownFeed {
  readonly name: string;
  readonly declaration: Declaration | undefined;
  readonly mistakes: readonly Mistake[];
  readonly inLedger: LedgerFeed | undefined;
  /** The active contract. */
  readonly active: Load | undefined;
}

export type FeedState =
  | 'active'
  | 'retired'
  | 'set aside'
  | 'wrong YAML'
  | 'changed'
  | 'outdated'
  | 'not in use';

/** The state of a feed, why, and what to do. Only `active` and `retired` need nobody. */
export function stateOf({ name, declaration, mistakes, inLedger, active }: KnownFeed): {
  readonly state: FeedState;
  readonly why: string;
} {
  const [mistake] = mistakes;
  if (mistake !== undefined) {
    const more = mistakes.length > 1 ? `, and ${mistakes.length - 1} more` : '';
    return { state: 'wrong YAML', why: `line ${mistake.line}: ${mistake.message}${more}` };
  }
  if (inLedger?.asideAt) return { state: 'set aside', why: inLedger.asideWhy ?? '' };
  if (declaration === undefined)
    return { state: 'retired', why: 'it has no YAML here: nothing new is registered' };
  if (inLedger === undefined || active === undefined)
    return { state: 'not in use', why: `npm run sluice -- feed apply ${name}` };
  if (canonicalLoad(active) === canonicalLoad(declaration.load)) return { state: 'active', why: '' };
  const isOlder = inLedger.yamlAt !== null && declaration.modifiedAt < inLedger.yamlAt;
  if (isOlder) return { state: 'outdated', why: 'a newer YAML is in use; save this one again if it counts' };
  return {
    state: 'changed',
    why: `a watcher takes it over, or "feed apply ${name}"; "feed plan ${name}" says what changes`,
  };
}
