import { sourceOptions } from '@sluice/core';
import type { z } from 'zod';
import type { Fault, Path } from '../mistake.ts';
import { nearest } from '../nearest.ts';
import { ELSEWHERE, ENCODING_NAMES, TYPE_NAMES } from './elsewhere.ts';
import { feedWords, formatWords, loadWords, schemaWords } from './feed.ts';
import { constraintWords, fieldWords } from './field.ts';

/** The values of a feed, for messages. */
export interface Given {
  /** With variables filled in. */
  readonly value: unknown;
  /** What is written at a place, as it is in the file. */
  written(path: Path): string | undefined;
}

/** The faults that a schema of words found. Each says what was given and what is allowed. */
export function faultsOf(issues: readonly z.core.$ZodIssue[], given: Given): Fault[] {
  return issues.flatMap((issue): Fault[] => {
    const path = issue.path.filter((part) => typeof part !== 'symbol');
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((word) => ({
        path: [...path, word],
        atWord: true,
        message: unknownWord(word, path),
      }));
    }
    return [{ path, message: notAllowed(path, given, `${issue.message}${ourName(path, given)}`) }];
  });
}

/** The words whose value `feed init` could not see in a file, with `?` as their value. A list or a text for people asks nothing. */
export function questionsIn(given: Given, value: unknown = given.value, path: Path = []): Fault[] {
  if (value === '?') {
    const message = `${placeOf(path, given.value)}: got ?, an open question; allowed: the answer. The comment above it says what is asked`;
    return typeof path.at(-1) === 'number' ? [] : [{ path, message, question: true }];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([word, inner]) => {
    const part = Array.isArray(value) ? Number(word) : word;
    return FOR_PEOPLE.includes(word) ? [] : questionsIn(given, inner, [...path, part]);
  });
}

const FOR_PEOPLE = ['title', 'description', 'example', 'expected', 'value'];

/** `order_id.digits: got [0]; allowed: ...` */
export function notAllowed(path: Path, given: Given, allowed: string): string {
  return `${placeOf(path, given.value)}: got ${shown(path, given)}; allowed: ${allowed}`;
}

function unknownWord(word: string, path: Path): string {
  const known = wordsAt(path);
  const got = `got the word ${JSON.stringify(word)}${path.length === 0 ? '' : ` in ${nounOf(path)}`}`;
  if (Object.hasOwn(ELSEWHERE, word)) return `${got}, which Sluice does not have: ${ELSEWHERE[word]}`;
  return `${got}; the nearest that is allowed is ${nearest(word, known)} (allowed: ${known.join(', ')})`;
}

/** What belongs to a place of this path. */
function wordsAt(path: Path): string[] {
  const [top, , , below] = path;
  const schema =
    below === 'constraints'
      ? constraintWords
      : top === 'schema'
        ? path.length > 1
          ? fieldWords
          : schemaWords
        : top === 'format'
          ? formatWords
          : top === 'load'
            ? loadWords
            : top === 'sourceOptions' && path.length === 1
              ? sourceOptions
              : feedWords;
  return Object.keys(schema.shape);
}

function nounOf(path: Path): string {
  const last = path.at(-1);
  return typeof last === 'number' ? 'a field' : String(last);
}

/** The name of a place for people: fields by their names, everything else by its words. */
function placeOf(path: Path, value: unknown): string {
  const [top, list, number, ...rest] = path;
  if (top !== 'schema' || list !== 'fields' || typeof number !== 'number') return inWords(path) || 'the file';
  const name = at(value, ['schema', 'fields', number, 'name']);
  const named = typeof name === 'string' && rest.length > 0 ? name : `field ${number + 1}`;
  return [named, inWords(rest)].filter(Boolean).join('.');
}

function inWords(path: Path): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part + 1}]` : `.${part}`))
    .join('')
    .replace(/^\./, '');
}

function shown(path: Path, given: Given): string {
  const value = at(given.value, path);
  const written = given.written(path);
  if (typeof value === 'string') {
    const from = written !== undefined && written !== value ? ` (from ${written})` : '';
    return `${JSON.stringify(value)}${from}`;
  }
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : JSON.stringify(value).slice(0, 80);
  if (typeof value === 'object' && value !== null) return 'a map';
  return written || (value === undefined || value === null ? 'nothing' : String(value));
}

function at(value: unknown, [part, ...rest]: Path): unknown {
  if (part === undefined) return value;
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
  return at(new Map(Object.entries(value)).get(String(part)), rest);
}

/** What Sluice calls a type or an encoding that was given by another name. */
function ourName(path: Path, { value }: Given): string {
  const names = { type: TYPE_NAMES, encoding: ENCODING_NAMES };
  const [word, given] = [path.at(-1), at(value, path)];
  if (typeof given !== 'string' || (word !== 'type' && word !== 'encoding')) return '';
  const ours = new Map(Object.entries(names[word])).get(given.toLowerCase().replace(/\(.*$/, ''));
  return ours === undefined ? '' : `. Write ${ours}`;
}
