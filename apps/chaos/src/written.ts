import type { Row } from './rows.ts';

/** One file version, as the lab put it into the source folder. */
export interface Version {
  readonly name: string;
  /** Size, mtime in ns and inode. */
  readonly token: string;
  readonly rows: readonly Row[];
  /** SHA-256 of its bytes. */
  readonly hash: string;
  /** The reason if the whole version must be quarantined. */
  readonly quarantine: string | undefined;
  /** False once the lab has overwritten, changed or removed the version. It may then be loaded, loaded in part, or not loaded. */
  lasting: boolean;
}

/** Everything that the lab wrote. The oracle judges by it. */
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

  /** Notes that the lab has taken away the latest version of this name for good. */
  forget(name: string): void {
    const latest = this.#latest.get(name);
    if (latest !== undefined) latest.lasting = false;
    this.#latest.delete(name);
  }

  get lasting(): Version[] {
    return this.versions.filter(({ lasting }) => lasting);
  }
}
