import { type Load, loadSchema, pinRules } from '@sluice/core';
import type { Config } from '@sluice/process';
import { wrongConstants } from './checks/constants.ts';
import { checkFeed } from './checks/feed.ts';
import { type Declaration, declarationOf } from './declaration.ts';
import { loadOfWords, pathInYaml } from './load.ts';
import type { Fault, Mistake, Path } from './mistake.ts';
import { fillInAll, variablesOf } from './variables.ts';
import { faultsOf, type Given, notAllowed, questionsIn } from './words/faults.ts';
import { type FeedWords, feedWords } from './words/feed.ts';
import { parseYaml } from './yaml-text.ts';

/** The YAML of a feed. */
export interface FeedFile {
  /** The name of the file, without its ending. */
  readonly name: string;
  /** Its absolute path. */
  readonly path: string;
  readonly text: string;
  readonly modifiedAt: Date;
}

/** A feed that was read, and where its words stand. */
export interface ReadFeed {
  readonly declaration: Declaration;
  readonly words: FeedWords;
  /** The mistake that the value at this place is not allowed, for a reason that lies outside the file. */
  readonly mistake: (path: Path, allowed: string) => Mistake;
}

/** Reads the YAML of one feed. Nothing outside the text, the settings and the environment is looked at. */
export function readFeed(file: FeedFile, config: Config): ReadFeed | readonly Mistake[] {
  const yaml = parseYaml(file.text);
  const about = { feed: file.name, file: file.path };
  if ('message' in yaml) return [{ ...about, ...yaml }];
  const faults: Fault[] = [];
  const value = fillInAll(yaml.value, variablesOf(config), faults);
  const given: Given = { value, written: yaml.written };
  const toMistake = (fault: Fault): Mistake => {
    const { message, question } = fault;
    return { ...about, line: yaml.line(fault), message, ...(question && { question }) };
  };
  const mistakes = () => faults.map(toMistake).sort((a, b) => a.line - b.line);

  faults.push(...questionsIn(given));
  const words = feedWords.safeParse(value);
  if (!words.success) {
    faults.push(...unlessKnown(faults, faultsOf(words.error.issues, given)));
    return mistakes();
  }
  faults.push(...unlessKnown(faults, checked(words.data, file.name, given)));
  const load = checkedLoad(words.data, given);
  if ('faults' in load) faults.push(...unlessKnown(faults, load.faults));
  if (faults.length > 0 || 'faults' in load) return mistakes();
  return {
    declaration: declarationOf(words.data, config, { file: file.path, modifiedAt: file.modifiedAt, load }),
    words: words.data,
    mistake: (path, allowed) => toMistake({ path, message: notAllowed(path, given, allowed) }),
  };
}

function checked(words: FeedWords, name: string, given: Given): Fault[] {
  const faults: Fault[] = [];
  const refuse = (path: Path, allowed: string) =>
    faults.push({ path, message: notAllowed(path, given, allowed) });
  if (words.feed !== name)
    refuse(['feed'], `${JSON.stringify(name)}, because the file is called ${name}.yaml`);
  checkFeed(words, refuse);
  return faults;
}

/** The load, or what its own schema says against it. */
function checkedLoad(words: FeedWords, given: Given): Load | { readonly faults: readonly Fault[] } {
  const { rules, contract } = loadOfWords(words);
  // As JSON, because that is what the ledger keeps, and words without a value are not in it.
  const json: unknown = JSON.parse(JSON.stringify({ rules: pinRules(rules), contract }));
  const parsed = loadSchema.safeParse(json);
  if (parsed.success) {
    const wrong = wrongConstants(parsed.data).map(({ index, expected }) => {
      const path = ['schema', 'fields', index, 'value'];
      return { path, message: notAllowed(path, given, expected) };
    });
    return wrong.length > 0 ? { faults: wrong } : parsed.data;
  }
  const faults = parsed.error.issues.map(({ path, message }) => {
    const place = pathInYaml(path.filter((part) => typeof part !== 'symbol'));
    return { path: place, message: notAllowed(place, given, `another value, because ${message}`) };
  });
  return { faults };
}

/** Leaves out what is said about a place that has a fault already, or about a part of it. */
function unlessKnown(known: readonly Fault[], more: readonly Fault[]): Fault[] {
  const places = new Set(known.map(({ path }) => path.join('\0')));
  return more.filter(({ path }) => path.every((_, i) => !places.has(path.slice(0, i + 1).join('\0'))));
}
