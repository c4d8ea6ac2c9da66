import { tabs } from './section.ts';

/** Tabs for the three kinds of data that are not in the table. */
export function badDataTabs(current: 'Rejects' | 'Conflicts' | 'Quarantined files'): HTMLElement {
  const entries = [
    ['Rejects', '#/rejects'],
    ['Conflicts', '#/conflicts'],
    ['Quarantined files', '#/quarantine'],
  ] as const;
  return tabs('Bad data', entries, current);
}
