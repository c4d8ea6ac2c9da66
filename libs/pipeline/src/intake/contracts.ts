import { hostname } from 'node:os';
import type { ContractNo } from '@sluice/core';
import { canonicalLoad, type Declaration, mistakeLine } from '@sluice/feeds';
import {
  activateContract,
  checkFit,
  contractOf,
  forgetFolders,
  type LedgerFeed,
  repinOpen,
  retireFeed,
} from '@sluice/ledger';
import { refOf } from '@sluice/staging';
import type { Stores } from '../stores.ts';
import { type NewFiles, newFiles } from './new-files.ts';

/** What a watcher does for one feed. Without `pinned` it registers nothing new. */
export interface Standing {
  readonly pinned: NewFiles | undefined;
  /** The YAML here is older than the active contract, and differs. */
  readonly outdated: boolean;
}

interface About {
  readonly feed?: string;
  readonly yaml: string;
  readonly why?: string;
  readonly hint?: string;
}

/** Why what a YAML declares is not the active contract. */
interface Trouble {
  readonly about: Omit<About, 'yaml' | 'feed'>;
  readonly message: string;
}

/** What this watcher has last made the active contract of a feed, and from what. */
interface Activated {
  readonly from: string;
  readonly contractNo: ContractNo;
}

/**
 * Brings what the YAML declares into the ledger. A watcher proposes a feed's contract at its start and when its YAML has changed. A
 * YAML that is older than the active contract and differs from it is refused, and then this watcher registers nothing for the feed.
 */
export class Contracts {
  readonly #stores: Stores;
  readonly #activated = new Map<string, Activated>();
  #told = new Set<string>();

  constructor(stores: Stores) {
    this.#stores = stores;
  }

  /** Looks at the YAML and the ledger again. Returns what to do for each feed that this process knows. */
  async look(): Promise<ReadonlyMap<string, Standing>> {
    const { feeds } = this.#stores;
    const known = new Map((await feeds.refresh()).map((feed) => [feed.feed, feed]));
    const wrong = new Set(feeds.mistakes.map(({ feed }) => feed));
    const told = new Set<string>();
    for (const mistake of feeds.mistakes)
      this.#tell(told, { yaml: mistakeLine(mistake, this.#stores.config.cwd) }, WRONG);
    const standings = new Map<string, Standing>();
    for (const { name } of feeds.list()) {
      const declaration = feeds.declared(name);
      if (declaration === undefined) {
        standings.set(name, { pinned: undefined, outdated: false });
        continue;
      }
      const { contractNo, trouble } = await this.#contractOf(declaration, known.get(name));
      if (trouble !== undefined)
        this.#tell(told, { feed: name, yaml: declaration.file, ...trouble.about }, trouble.message);
      const pinned = contractNo && newFiles(declaration, contractNo, this.#stores);
      standings.set(name, { pinned, outdated: trouble === OUTDATED });
    }
    // A folder without any feed is rather the wrong folder.
    const isEmpty = feeds.list().every(({ name }) => feeds.declared(name) === undefined);
    if (isEmpty) this.#tell(told, { yaml: this.#stores.config.feedsDir }, EMPTY);
    for (const { feed, retiredAt } of known.values())
      if (!isEmpty && retiredAt === null && feeds.declared(feed) === undefined && !wrong.has(feed))
        await this.#retire(feed);
    this.#told = told;
    return standings;
  }

  /** The contract that new files get, if any, and why it is not the declared one. */
  async #contractOf(
    declaration: Declaration,
    known: LedgerFeed | undefined,
  ): Promise<{ readonly contractNo: ContractNo | undefined; readonly trouble?: Trouble }> {
    const { name: feed, load, source, sourceOptions, modifiedAt, expect } = declaration;
    const from = `${canonicalLoad(load)} ${source} ${JSON.stringify(sourceOptions)} ${modifiedAt.toISOString()}`;
    const before = this.#activated.get(feed);
    if (before?.from === from && known?.retiredAt === null)
      return before.contractNo === known.contractNo
        ? { contractNo: before.contractNo }
        : { contractNo: undefined, trouble: OUTDATED };
    const misfit = await this.#misfitOf(declaration, known);
    if (misfit !== undefined) return { contractNo: known?.contractNo, trouble: misfit };
    const declared = { feed, load, source, sourceOptions, yamlAt: modifiedAt, expect, who: watcherName() };
    const { outcome, contractNo } = await activateContract(this.#stores.sql, declared);
    if (outcome === 'outdated') return { contractNo: undefined, trouble: OUTDATED };
    await this.#follow(declaration, contractNo, known);
    this.#activated.set(feed, { from, contractNo });
    return { contractNo };
  }

  /** Why the table does not take what is declared now. What is in use already is compared with its table by the workers. */
  async #misfitOf({ load }: Declaration, known: LedgerFeed | undefined): Promise<Trouble | undefined> {
    const { sql } = this.#stores;
    const active = known && (await contractOf(sql, known.contractNo));
    if (active !== undefined && canonicalLoad(active.load) === canonicalLoad(load)) return undefined;
    const misfit = (await checkFit(sql, load.contract)).find(({ severity }) => severity === 'refused');
    return misfit && { about: { why: misfit.text, hint: misfit.hint }, message: known ? UNFIT : NOT_YET };
  }

  /** What an activation means for the files of the feed that are open. */
  async #follow(
    { name: feed, source, file }: Declaration,
    contractNo: ContractNo,
    before: LedgerFeed | undefined,
  ): Promise<void> {
    const { sql, log } = this.#stores;
    // Files that are still to be loaded are looked for in the new folder. Those that are not there are then missing.
    if (before !== undefined && before.source !== null && before.source !== source)
      await forgetFolders(sql, feed);
    if (before?.contractNo === contractNo && before.retiredAt === null) return;
    const repinned = new Set(await repinOpen(sql, feed, contractNo));
    if (repinned.size > 0) await this.#dropStaged(repinned);
    log.info(
      { feed, contract: contractNo, yaml: file, readAgain: repinned.size },
      'a contract is active now',
    );
  }

  async #dropStaged(files: ReadonlySet<number>): Promise<void> {
    const { staging } = this.#stores;
    for await (const { chunks } of staging.all())
      await staging.drop(chunks.filter(({ fileNo }) => files.has(fileNo)).map(refOf));
    await staging.rebuild();
  }

  /** Not while another watcher has the feed's YAML. */
  async #retire(feed: string): Promise<void> {
    const { fleet, sql, log } = this.#stores;
    const members = await fleet.members();
    if (members.some(({ feeds = [] }) => feeds.some((one) => one.feed === feed && one.declared))) return;
    if (!(await retireFeed(sql, feed, watcherName()))) return;
    this.#activated.delete(feed);
    log.warn(
      { feed },
      'this feed has no YAML any more: what is open is finished, and nothing new is registered',
    );
  }

  #tell(told: Set<string>, about: About, message: string): void {
    const key = `${about.yaml} ${about.why} ${message}`;
    told.add(key);
    if (!this.#told.has(key)) this.#stores.log.error(about, message);
  }
}

const WRONG = 'the YAML of a feed is wrong: what was right before stays';
const OUTDATED: Trouble = {
  about: {},
  message:
    'the YAML of this feed is older than its active contract, and differs: nothing new is registered here until they are the same',
};
const UNFIT =
  'the YAML of this feed is not taken into use, because its table does not take its rows: what was in use before stays';

const NOT_YET =
  'this feed is not in use yet, because its table does not take its rows: "feed apply" brings it into use';

const EMPTY = 'there is no YAML of a feed: the feeds go on as they are, and nothing new is registered';

const watcherName = () => `watcher@${hostname()}`;
