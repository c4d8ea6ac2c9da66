import { tabs } from './section.ts';

/** Three kinds of what is not in the table. */
export function badDataTabs(current: 'Rejects' | 'Conflicts' | 'Quarantined files'): HTMLElement {
  const entries = [
    ['Rejects', '#/rejects'],
    ['Conflicts', '#/conflicts'],
    ['Quarantined files', '#/quarantine'],
  ] as const;
  return tabs('Bad data', entries, current);
}
