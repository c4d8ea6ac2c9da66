import type { Row } from './rows.ts';

/** One content under one name, as the lab put it into the source folder. */
export interface Version {
  readonly name: string;
  /** Size, mtime in ns and inode. */
  readonly token: string;
  readonly rows: readonly Row[];
  /** SHA-256 of its bytes. */
  readonly hash: string;
  /** Why none of it can be read. */
  readonly quarantine: string | undefined;
  /** False once the lab itself has overwritten, changed or removed it: it may have been loaded, in part or not at all. */
  lasting: boolean;
}

/** All that the lab wrote: what the oracle knows. */
export class Written {
  readonly versions: Version[] = [];
  readonly #latest = new Map<string, Version>();

  add(version: Omit<Version, 'lasting'>): Version {
    this.forget(version.name);
    const added = { ...version, lasting: true };
    this.versions.push(added);
    this.#latest.set(version.name, added);
    return added;
  }

  latest(name: string): Version | undefined {
    return this.#latest.get(name);
  }

  /** The lab takes the latest version of this name away, for good. */
  forget(name: string): void {
    const latest = this.#latest.get(name);
    if (latest !== undefined) latest.lasting = false;
    this.#latest.delete(name);
  }

  get lasting(): Version[] {
    return this.versions.filter(({ lasting }) => lasting);
  }
}
