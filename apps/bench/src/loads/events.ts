import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { columnsOf, events } from '@sluice/core';
import { eventFiles, headerLine } from '@sluice/generator';
import type { Kind, Written } from './kind.ts';

/** Files of the feed `events`, with shares of exact duplicates and of records that can only be rejects. */
export function eventKind(what: string, share: { duplicates: number; malformed: number }): Kind {
  return {
    what,
    feed: new URL('../../../../config/feeds/events.yaml', import.meta.url),
    table: events.table,
    columns: columnsOf(events),
    key: events.key,
    write(folder, prefix, { files, rows, seed }) {
      const contents = eventFiles({ seed, rows: { min: rows, max: rows }, ...share });
      const copy: string[] = [];
      const rejects: Written['rejects'][number][] = [];
      let count = 0;
      for (let i = 0; i < files; i += 1) {
        const name = `${prefix}_${i}.csv`;
        const content = contents.next().value;
        writeFileSync(join(folder, name), [headerLine, ...content.map(({ line }) => line), ''].join('\n'));
        const fresh = content.filter(({ kind }) => kind === 'fresh');
        copy.push(fresh.map(({ line }) => `${line}\n`).join(''));
        count += fresh.length;
        // The first record stands in line 2.
        for (const [at, { kind }] of content.entries())
          if (kind === 'malformed') rejects.push({ name, line: at + 2 });
      }
      return { files, records: files * rows, rows: count, copy: () => copy, rejects };
    },
  };
}
