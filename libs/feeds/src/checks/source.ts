import { isFlat, optionsOf, placeMistake, schemeOf } from '@sluice/core';
import type { FeedWords } from '../words/feed.ts';
import type { Refuse } from './feed.ts';

/** Checks the places of a feed, and that its source understands the words about it. */
export function checkSource(
  { source = '', sourceOptions = {}, files = [], load = {} }: FeedWords,
  refuse: Refuse,
): void {
  const mistake = placeMistake(source);
  if (mistake !== undefined) {
    refuse(['source'], mistake);
    return;
  }
  for (const [i, pattern] of files.entries())
    if (isFlat(source) && pattern.includes('/'))
      refuse(['files', i], 'a pattern without a "/", because only files directly in this source are taken');
  const own = optionsOf(source);
  for (const word of Object.keys(sourceOptions))
    if (!own.some((one) => one === word))
      refuse(
        ['sourceOptions', word],
        own.length === 0
          ? 'no such word, because the source is a folder'
          : `no such word for this source; it has ${own.join(', ')}`,
      );
  if (schemeOf(source) === 'sftp') checkAuth(sourceOptions.auth ?? {}, refuse);
  for (const [word, before] of WORDS) {
    if (load[word] !== undefined && load[before] !== undefined)
      refuse(['load', before], `no such word beside ${word}, because they mean the same`);
    for (const given of [word, before]) checkTarget(given, load[given], source, refuse);
  }
  const { archive = load.archiveDir, quarantine = load.quarantineDir, cleanSource } = load;
  if (schemeOf(source) === undefined || cleanSource === undefined || cleanSource === 'off') return;
  if (cleanSource === 'archive' && archive === undefined)
    refuse(['load', 'cleanSource'], 'archive beside archive: a place of the same kind as the source');
  if (cleanSource === 'delete' && quarantine === undefined)
    refuse(
      ['load', 'cleanSource'],
      'delete beside quarantine: a place of the same kind as the source, for files that cannot be read',
    );
}

/** A server that cannot be recognised is never asked, and there are no passwords. */
function checkAuth(
  { keyFile, agent, hostKey, knownHosts }: NonNullable<NonNullable<FeedWords['sourceOptions']>['auth']>,
  refuse: Refuse,
): void {
  if (hostKey === undefined && knownHosts === undefined)
    refuse(['sourceOptions'], 'auth: { hostKey } or auth: { knownHosts }, by which the server is recognised');
  if (keyFile === undefined && !agent)
    refuse(['sourceOptions'], 'auth: { keyFile } or auth: { agent: true }, by which this side logs in');
}

const WORDS = [
  ['archive', 'archiveDir'],
  ['quarantine', 'quarantineDir'],
] as const;

function checkTarget(word: string, place: string | undefined, source: string, refuse: Refuse): void {
  if (place === undefined) return;
  const mistake = placeMistake(place);
  if (mistake !== undefined) refuse(['load', word], mistake);
  else if (schemeOf(place) !== schemeOf(source))
    refuse(['load', word], 'a place of the same kind as the source, because files are moved there');
}
