import { Fleet } from '../fleet.ts';
import { type Contents, writeContents } from '../loads/contents.ts';
import type { Written } from '../loads/kind.ts';
import { KINDS, linkFiles } from '../loads/kinds.ts';
import { type Counts, SETTINGS, type Spread, spread } from '../many-files.ts';
import { timePipeline } from '../pipeline.ts';
import { prove } from '../proof.ts';
import { copyRows, makeExpected } from '../raw-copy.ts';
import { type Servers, withDatabase } from '../servers.ts';
import { untilClosed } from '../until-closed.ts';

/** What so many files in one folder cost. Times are in seconds, memory in MiB. */
export interface Lying {
  readonly files: number;
  /** From their drop, all at once, until all are complete. */
  readonly complete: Spread;
  /** CPU of each file in us, of all parts. */
  readonly cpuPerFile: Spread;
  /** From the start of a new fleet until it has loaded a file that landed before it. */
  readonly start: Spread;
  /** What the watcher's CPU costs until then. */
  readonly startCpu: Spread;
  /** From the landing of one more file until it is committed: the folder is scanned for it. */
  readonly oneMore: Spread;
  readonly oneMoreCpu: Spread;
  /** The most memory of the watcher and of a worker. */
  readonly watcher: Spread;
  readonly worker: Spread;
}

/** Drops so many files of one row at once, and then starts a new fleet while they lie in the folder. */
export async function measureLying(servers: Servers, counts: Counts, files: number): Promise<Lying> {
  const contents = writeContents(servers, KINDS.plain, counts.seed, (into, prefix) =>
    KINDS.plain.write(into, prefix, { files, rows: 1, seed: counts.seed }),
  );
  const rounds: Awaited<ReturnType<typeof round>>[] = [];
  for (let i = 1; i <= counts.rounds; i += 1) {
    servers.say(`${files} files at once, round ${i} of ${counts.rounds}`);
    rounds.push(await round(servers, contents, counts));
  }
  const of = (name: keyof (typeof rounds)[number]) => spread(rounds.map((each) => each[name]));
  return {
    files,
    ...{
      complete: of('complete'),
      cpuPerFile: of('cpuPerFile'),
      start: of('start'),
      startCpu: of('startCpu'),
    },
    ...{ oneMore: of('oneMore'), oneMoreCpu: of('oneMoreCpu'), watcher: of('watcher'), worker: of('worker') },
  };
}

function round(servers: Servers, { kind, feedsDir, warmUp, main }: Contents, { workers, seed }: Counts) {
  return withDatabase(servers, async (database) => {
    const { sql } = database;
    const fleet = new Fleet(servers, database, { feedsDir, env: SETTINGS });
    const written: Written[] = [warmUp.written, main.written];
    const loadBeside = async () => {
      const files = written.reduce((sum, one) => sum + one.files, 0);
      const timed = await timePipeline(servers, sql, fleet, files);
      return { seconds: timed.seconds, watcher: timed.cpu.watcher ?? 0, all: Object.values(timed.cpu) };
    };
    const writeOne = (prefix: string, n: number) =>
      written.push(KINDS.plain.write(fleet.beside, prefix, { files: 1, rows: 1, seed: seed + n }));
    try {
      fleet.startAll(workers);
      linkFiles(warmUp.folder, fleet.source);
      await untilClosed(servers, sql, fleet, warmUp.written.files);
      linkFiles(main.folder, fleet.beside);
      const drop = await loadBeside();
      const memory = fleet.memory();
      await fleet.stop();

      writeOne('at_start', 2);
      await sql`CHECKPOINT`;
      const began = performance.now();
      fleet.startAll(workers);
      const clock = fleet.clock();
      await loadBeside();
      const start = (performance.now() - began) / 1000;
      const startCpu = clock.read().watcher ?? 0;
      writeOne('one_more', 3);
      const more = await loadBeside();
      const later = fleet.memory();
      await fleet.stop();
      await makeExpected(sql, kind);
      for (const one of written) await copyRows(sql, kind, one);
      await prove(sql, kind, written);
      return {
        complete: drop.seconds,
        cpuPerFile: (drop.all.reduce((sum, seconds) => sum + seconds, 0) / main.written.files) * 1e6,
        ...{ start, startCpu, oneMore: more.seconds, oneMoreCpu: more.watcher },
        watcher: Math.max(memory.watcher ?? 0, later.watcher ?? 0),
        worker: Math.max(memory.workers ?? 0, later.workers ?? 0),
      };
    } finally {
      await fleet.stop();
    }
  });
}
