import { type Contract, type ContractNo, FIRST_FEED, type FileNo, type Load } from '@sluice/core';
import { type FileVersion, type OtherFile, type RecordLine, UndoRows, versionsOf } from '@sluice/ledger';
import { readChunks } from '../load/read-chunks.ts';
import type { Stores } from '../stores.ts';
import { type LoadedSource, LoadedSources } from './loaded-sources.ts';
import { Loads, sameRows } from './loads.ts';
import { OperationRefused, operator } from './operator.ts';

/** What an undo would do, by the value that rows are counted by. Times are as PostgreSQL writes them. */
export interface UndoPlan {
  readonly name: string;
  /** All generations of the content that is undone. */
  readonly versions: readonly FileNo[];
  readonly rows: number;
  /** Empty when the feed counts its rows by no field. */
  readonly byType: readonly { readonly name: string; readonly rows: number }[];
  /** When what the rows tell of happened; null when there are none, or no field says it. */
  readonly firstEvent: string | null;
  readonly lastEvent: string | null;
  readonly batches: number;
  readonly firstBatch: Date | null;
  readonly lastBatch: Date | null;
  /** Rows of the file that stay because other loaded files contain them too, and the names of those files. */
  readonly shared: number;
  readonly sharedWith: readonly string[];
  /** Files with duplicates that can no longer be read. They may contain some of the rows too. */
  readonly unread: readonly string[];
  /** All versions were undone before, so if there are no rows, nothing is left to do. */
  readonly undoneBefore: boolean;
}

type Reading = Pick<Stores, 'sql' | 'config'>;

/** How many records are sent to PostgreSQL together. */
const SLICE = 5_000;

/**
 * Removes the rows that only this file brought. Where rows name their file, they are found by that. Otherwise the ledger knows
 * which batches contained the file, `created_at` shows which rows those batches inserted, and the file is read again to find which
 * of these rows are its own; its corrected rejects are in the ledger, and are removed too. `confirm` gets the plan, and nothing is
 * changed unless it agrees. The rows, the ledger and the audit change together.
 *
 * @param name the file's name in the ledger
 * @param o.version says which content, if several with that name were loaded
 * @param o.onRead is called for each file that is read
 * @returns the plan, and how many rows were removed; undefined when `confirm` said no or there was nothing to do
 * @throws {OperationRefused} when the rows cannot be told apart from those of other files
 */
export async function undo(
  name: string,
  o: {
    readonly version?: number | undefined;
    confirm(plan: UndoPlan): Promise<boolean>;
    onRead?(name: string, done: number, of: number): void;
  },
  { sql, config }: Reading,
): Promise<{ readonly plan: UndoPlan; readonly removed: number | undefined }> {
  const loads = new Loads(sql);
  const content = await chosen(await versionsOf(sql, name), name, o.version, loads);
  const { feed, versions, load } = content;
  const { contract } = load;
  const numbers = versions.map(({ fileNo }) => fileNo);
  await using rows = await UndoRows.begin(sql, { feed, contract, versions: numbers });
  const told = (file: string, done: number, of: number) => o.onRead?.(file, done, of);
  const undoing = { ...content, rows, loads, told, sources: new LoadedSources({ sql, config }) };
  if (namesItsFile(contract)) await rows.noteFilled();
  else await noteOwnRows(undoing);
  // Where every record is a row, no file holds a row of another one.
  const kept = { sharedWith: [], unread: [] };
  const { sharedWith, unread } = contract.duplicates === 'keep' ? kept : await leaveOthersRows(undoing);
  const plan = await planOf(rows, name, versions, sharedWith, unread);
  const nothing = plan.rows === 0 && plan.undoneBefore;
  if (nothing || !(await o.confirm(plan))) return { plan, removed: undefined };
  return { plan, removed: await rows.remove(name, operator()) };
}

/** All generations of one content that were loaded into one table by one key. */
interface Content {
  readonly feed: string;
  readonly load: Load;
  /** The contracts that fill this table by this key. */
  readonly contracts: readonly ContractNo[];
  readonly versions: readonly FileVersion[];
}

interface Undoing extends Content {
  readonly rows: UndoRows;
  readonly loads: Loads;
  readonly sources: LoadedSources;
  told(file: string, done: number, of: number): void;
}

function namesItsFile({ filled }: Contract): boolean {
  return filled.includes('sluice_file');
}

/** All generations of one content: the one asked for, or the only one that still has rows in the table. */
async function chosen(
  versions: readonly FileVersion[],
  name: string,
  asked: number | undefined,
  loads: Loads,
): Promise<Content> {
  const shown = JSON.stringify(name);
  const list = 'npm run sluice -- status shows what is loaded';
  if (versions.length === 0)
    throw new OperationRefused(`no file ${shown} has been loaded`, `check the name; ${list}`);
  // A replay that is still being loaded has no hash yet, but it has the token of the version that it replays.
  const ownKey = ({ token, contentNo }: FileVersion) => `${token}/${contentNo}`;
  const hashes = new Map(
    versions.toReversed().map((version) => [ownKey(version), version.contentHash ?? ownKey(version)]),
  );
  const tables = new Map<FileVersion, string>();
  for (const version of versions)
    tables.set(version, sameRows((await loads.of(version.contractNo)).contract));
  const contents = [
    ...Map.groupBy(versions, (version) => `${hashes.get(ownKey(version))} ${tables.get(version)}`).values(),
  ];
  const live = contents.filter((content) =>
    content.some(({ undoneAt, records }) => !undoneAt && records > 0),
  );
  const candidates = live.length > 0 ? live : contents.slice(-1);
  const found =
    asked === undefined
      ? candidates
      : contents.filter((content) => content.some(({ fileNo }) => fileNo === asked));
  const [content] = found;
  const latest = content?.at(-1);
  if (content === undefined || latest === undefined || found.length > 1) {
    const options = contents.map((one) => `${one.at(-1)?.fileNo} (${one.at(-1)?.landedAt.toISOString()})`);
    const what = asked === undefined ? `${found.length} contents of` : `no version ${asked} of`;
    throw new OperationRefused(
      `${what} ${shown} ${asked === undefined ? 'have rows in the table' : 'is known'}`,
      `name one with --file-no: ${options.join(', ')}`,
    );
  }
  const load = await loads.of(latest.contractNo);
  const { feed } = latest;
  if (!namesItsFile(load.contract) && feed !== FIRST_FEED) {
    throw new OperationRefused(
      `the rows of ${shown} in ${load.contract.table} do not name their file, so they cannot be told from others`,
      `remove them by hand; with a column sluice_file in the table, and filled by the feed ${feed}, later files can be undone`,
    );
  }
  if (content.some(({ closedAt, goneAt }) => closedAt === null && goneAt === null)) {
    throw new OperationRefused(`${shown} is still being loaded`, 'wait until it is complete, then undo it');
  }
  const dropped = content.some(
    ({ detailState, inserted, undone }) => detailState !== 'kept' && inserted > undone,
  );
  if (dropped && !namesItsFile(load.contract)) {
    const hint = 'remove its rows by hand, by their key; a longer RETENTION spares later files that';
    throw new OperationRefused(
      `the batches of ${shown} are not known any more: RETENTION has dropped them`,
      hint,
    );
  }
  return { feed, load, versions: content, contracts: await loads.into(load.contract) };
}

/** Notes the rows of the file's batches that are in the file itself. */
async function noteOwnRows({
  rows,
  versions,
  contracts,
  load,
  loads,
  sources,
  told,
}: Undoing): Promise<void> {
  const latest = versions.at(-1);
  const source = await firstReadable(versions, sources);
  if (latest === undefined) return;
  await rows.noteResubmitted();
  if (source !== undefined) {
    told(latest.name, 1, 1);
    await eachRecords(source, latest, load.contract, loads, (records) => rows.noteOwn(records));
    return;
  }
  const neighbours = (await rows.others(contracts)).filter(({ sameBatch }) => sameBatch);
  const { unknown } = await rows.batches();
  if (neighbours.length > 0 || unknown > 0) {
    throw new OperationRefused(
      `${JSON.stringify(latest.name)} cannot be read any more, and its batches held other files too ` +
        `(${namesOf(neighbours)}): its rows cannot be told from theirs. Nothing was removed`,
      'put the file back into the source folder, or where clean-up had put it, as it was loaded, and repeat this command',
    );
  }
  await rows.noteBatches();
}

async function firstReadable(
  versions: readonly FileVersion[],
  sources: LoadedSources,
): Promise<LoadedSource | undefined> {
  for (const version of versions.toReversed()) {
    const source = await sources.find(version);
    if (source !== undefined) return source;
  }
  return undefined;
}

/** Leaves out rows that other files brought in the same batches, and rows that other loaded files also contain. */
async function leaveOthersRows({
  rows,
  versions,
  contracts,
  load: { contract },
  loads,
  sources,
  told,
}: Undoing): Promise<{ sharedWith: string[]; unread: string[] }> {
  const { noted } = await rows.counts();
  if (noted === 0) return { sharedWith: [], unread: [] };
  const inTable = versions.reduce((sum, { inserted, undone }) => sum + inserted - undone, 0);
  // Rows that name their file are its own, whatever was in their batch.
  const mayBeTheirs = ({ sameBatch }: OtherFile) => sameBatch && !namesItsFile(contract);
  const others = (await rows.others(contracts)).filter((other) => mayBeTheirs(other) || other.holder);
  const lost: OtherFile[] = [];
  const shared = new Map<OtherFile, LoadedSource>();
  for (const [i, other] of others.entries()) {
    told(other.name, i + 1, others.length);
    const source = await sources.find(other);
    if (source === undefined) lost.push(other);
    else {
      if (mayBeTheirs(other)) {
        await eachRecords(source, other, contract, loads, (records) => rows.leaveTheirs(records, other));
      }
      if (other.holder) shared.set(other, source);
    }
  }
  const newest = Math.max(...versions.map(({ fileNo }) => fileNo));
  const inTheWay = lost.filter((other) => mayBeTheirs(other) && other.fileNo < newest);
  // If as many rows are noted as the file brought, all of them are its own, whatever the other files contained.
  const unsure = noted !== inTable && !namesItsFile(contract);
  if (unsure && (inTheWay.length > 0 || (await rows.batches()).unknown > 0)) {
    throw new OperationRefused(
      `files of the same batches cannot be read any more (${namesOf(inTheWay)}), and hold some of the same rows: ` +
        'which file brought them cannot be told. Nothing was removed',
      'put those files back into the source folder, or where clean-up had put them, as they were loaded, and repeat this command',
    );
  }
  const sharedWith: string[] = [];
  for (const [other, source] of shared) {
    let marked = 0;
    await eachRecords(source, other, contract, loads, async (records) => {
      marked += await rows.leaveShared(records, other);
    });
    if (marked > 0) sharedWith.push(other.name);
  }
  sharedWith.push(...(await rows.leaveResubmittedElsewhere()));
  const unread = lost.filter(({ holder }) => holder).map((file) => file.name);
  return { sharedWith: [...new Set(sharedWith)], unread: [...new Set(unread)] };
}

/** Reads the keys of the records of a file, by the contract that the file was loaded by. */
async function eachRecords(
  file: LoadedSource,
  version: Pick<FileVersion, 'name' | 'rules' | 'contractNo'>,
  { key }: Contract,
  loads: Loads,
  use: (records: readonly RecordLine[]) => Promise<unknown>,
): Promise<void> {
  await using source = await file.open();
  if (source === undefined)
    throw new Error(`${file.path} went away while it was to be read: repeat this command`);
  const before = await source.token();
  const { contract } = await loads.of(version.contractNo);
  let slice: RecordLine[] = [];
  for await (const chunk of readChunks(source, version, contract)) {
    for (const row of chunk.rows.parsed()) {
      const values = Object.fromEntries(key.map((name) => [name, row[name] ?? null]));
      slice.push({ ...values, sluice_at_line: row.sluice_line });
    }
    if (slice.length < SLICE) continue;
    await use(slice);
    slice = [];
  }
  if (slice.length > 0) await use(slice);
  if ((await source.token()) !== before) {
    throw new Error(`${file.path} was changed while it was read: repeat this command`);
  }
}

async function planOf(
  rows: UndoRows,
  name: string,
  versions: readonly FileVersion[],
  sharedWith: readonly string[],
  unread: readonly string[],
): Promise<UndoPlan> {
  const { batches, first, last } = await rows.batches();
  const preview = await rows.preview();
  const removed = preview.filter(({ fate }) => fate === 'removed');
  const sum = (fate: 'removed' | 'shared') =>
    preview.reduce((total, one) => total + (one.fate === fate ? one.rows : 0), 0);
  const times = (of: 'first' | 'last') => removed.flatMap((one) => one[of] ?? []).sort();
  return {
    name,
    versions: versions.map(({ fileNo }) => fileNo),
    rows: sum('removed'),
    byType: removed.flatMap(({ type, rows: count }) => (type === null ? [] : [{ name: type, rows: count }])),
    firstEvent: times('first')[0] ?? null,
    lastEvent: times('last').at(-1) ?? null,
    batches,
    firstBatch: first,
    lastBatch: last,
    shared: sum('shared'),
    sharedWith,
    unread,
    undoneBefore: versions.every(({ undoneAt, records }) => undoneAt !== null || records === 0),
  };
}

function namesOf(files: readonly { readonly name: string }[]): string {
  const names = files.slice(0, 3).map(({ name }) => JSON.stringify(name));
  return files.length > 3 ? `${names.join(', ')} and ${files.length - 3} more` : names.join(', ');
}
