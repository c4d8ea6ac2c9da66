import { QUARANTINE_REASONS, strayQuotesInWords } from '@sluice/core';
import {
  batchesOfFile,
  type FileBatch,
  type FilePoint,
  isForbidden,
  type ListedReject,
  pointsOf,
  rejectsOfFile,
  type Sql,
  stateOfVersion,
  versionsOf,
  type WholeFile,
} from '@sluice/ledger';
import { minuteOf } from './file-list-page.ts';
import { age, counted, fitted, grouped, printable, shellWord, table, wrapped } from './printable.ts';
import { lineCell } from './reject-table.ts';
import type { Screen } from './screen.ts';

const BATCHES = 10;
const REJECTS = 5;
const VERSIONS = 10;

/** What the ledger knows of one version of a file, and of the others. */
interface FileStory {
  readonly file: WholeFile;
  readonly points: readonly FilePoint[];
  readonly batches: readonly FileBatch[];
  /** The first ones, without the values of their records. Null: this role may not read them. */
  readonly rejects: readonly Omit<ListedReject, 'raw'>[] | null;
  readonly versions: readonly { readonly fileNo: number; readonly state: string; readonly landedAt: Date }[];
}

/** Reads the story of a file. */
export async function fileStory(file: WholeFile, sql: Sql): Promise<FileStory> {
  const [batches, rejects, versions] = await Promise.all([
    batchesOfFile(sql, file.fileNo, BATCHES + 1),
    rejectsIfAllowed(file, sql),
    versionsOf(sql, file.name),
  ]);
  return {
    file,
    points: pointsOf(file),
    batches,
    rejects,
    versions: versions.map((version) => {
      return { fileNo: version.fileNo, state: stateOfVersion(version), landedAt: version.landedAt };
    }),
  };
}

async function rejectsIfAllowed({ fileNo }: WholeFile, sql: Sql): Promise<FileStory['rejects']> {
  try {
    const rejects = await rejectsOfFile(sql, fileNo, { afterLine: 0, limit: REJECTS });
    return rejects.map(({ raw: _, ...reject }) => reject);
  } catch (error) {
    if (isForbidden(error)) return null;
    throw error;
  }
}

/** The story for a person. */
export function storyText({ file, points, batches, rejects, versions }: FileStory, screen: Screen): string {
  const { style, columns } = screen;
  const name = printable(file.name);
  const part = (title: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : ['', style('bold', title), ...lines.map((line) => `  ${line}`)];
  return [
    `${style(['bold', 'cyan'], name)}  ${style('dim', `file ${file.fileNo}, ${file.state}`)}`,
    ...whyLines(file).flatMap((line) => wrapped(line, columns - 2).map((one) => `  ${one}`)),
    ...part('Records', recordLines(file)),
    ...part('Times (UTC)', pointLines(points)),
    ...part('Batches', batchLines(batches)),
    ...part('Rejects', rejectLines(file, rejects, columns - 4)),
    ...(versions.length > 1 ? part('Versions', versionLines(versions, file.fileNo)) : []),
  ].join('\n');
}

const MEANINGS: Readonly<Record<string, string>> = QUARANTINE_REASONS;

/** What is to be said besides its state. */
function whyLines(file: WholeFile): string[] {
  const { quarantine, quarantineDetail, goneWhy, sameAs, undoneAt, undone, strayQuotes } = file;
  const lines: string[] = [];
  if (quarantine !== null) {
    const detail = quarantineDetail === null ? '' : ` (${printable(quarantineDetail)})`;
    lines.push(`${quarantine}: ${MEANINGS[quarantine] ?? 'told by another version of Sluice'}${detail}`);
  }
  if (sameAs !== null) lines.push(`It has the content of file ${sameAs}, so it was not read again.`);
  if (goneWhy !== null) lines.push(`It went away before it was read: ${printable(goneWhy)}.`);
  if (undoneAt !== null) lines.push(`${counted(undone, 'row')} removed by undo, ${minuteOf(undoneAt)} UTC.`);
  if (strayQuotes !== null) lines.push(`${strayQuotesInWords(strayQuotes)}.`);
  const moved = file.movedTo ?? file.movingTo;
  if (moved !== null) lines.push(`Clean-up has put it at ${printable(moved)}.`);
  else if (file.cleanedAt !== null)
    lines.push(`Clean-up has deleted it from the source, ${minuteOf(file.cleanedAt)} UTC.`);
  return lines;
}

function recordLines({
  records,
  inserted,
  duplicates,
  conflicts,
  rejects,
  bytes,
  total,
}: WholeFile): string[] {
  const other = conflicts > 0 ? ` (${grouped(conflicts)} with other content)` : '';
  const sum = `${counted(records, 'record')} = ${grouped(inserted)} inserted + ${counted(duplicates, 'duplicate')}${other} + ${counted(rejects, 'reject')}`;
  return [sum, `${counted(bytes, 'byte')}${total === null ? ', not read to its end' : ''}`];
}

function pointLines(points: readonly FilePoint[]): string[] {
  return table(
    points.map(({ name, at }, i) => {
      const before = points[i - 1];
      const took = before === undefined ? '' : `+ ${tookText(at.getTime() - before.at.getTime())}`;
      return [name, at.toISOString().slice(0, 19).replace('T', ' '), took];
    }),
  );
}

function tookText(ms: number): string {
  return ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : age(ms);
}

function batchLines(batches: readonly FileBatch[]): string[] {
  const lines = table(
    batches.slice(0, BATCHES).map(({ batchId, records, firstLine, lastLine }) => {
      return [batchId, counted(records, 'record'), `lines ${firstLine}-${lastLine}`];
    }),
  );
  return batches.length > BATCHES ? [...lines, 'and others (the page of the file shows more)'] : lines;
}

function rejectLines(file: WholeFile, rejects: FileStory['rejects'], room: number): string[] {
  if (rejects === null) return ['The user of DATABASE_URL may not read them.'];
  if (rejects.length === 0) return [];
  const lines = table(
    rejects.map(({ code, col, expected, ...at }) => [
      `line ${lineCell(at)}`,
      code,
      printable(col ?? ''),
      printable(expected),
    ]),
  );
  return [
    ...lines.map((line) => fitted(line, room)),
    `All of them: npm run sluice -- rejects --file ${shellWord(file.name)}`,
  ];
}

function versionLines(versions: FileStory['versions'], own: number): string[] {
  const shown = versions.slice(-VERSIONS).toReversed();
  const lines = table(
    shown.map(({ fileNo, state, landedAt }) => [
      `file ${fileNo}`,
      state,
      `landed ${minuteOf(landedAt)}${fileNo === own ? ', this one' : ''}`,
    ]),
  );
  const older = versions.length - shown.length;
  return older > 0 ? [...lines, `and ${counted(older, 'older one')}`] : lines;
}
