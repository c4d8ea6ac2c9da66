import { messageOf } from '@sluice/process';
import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml';
import type { Fault, Path } from './mistake.ts';

/** The text of a feed, parsed: its value, and where its parts stand. */
export interface YamlText {
  readonly value: unknown;
  /** The line of what a path leads to, or of the nearest part around it. */
  line(fault: Pick<Fault, 'path' | 'atWord'>): number;
  /** What stands there, as it is written; undefined for a list, a map, and nothing. */
  written(path: Path): string | undefined;
}

/** What is wrong with a text that is no YAML. */
interface NoYaml {
  readonly line: number;
  readonly message: string;
}

const QUOTES = 'Inside { } and [ ], a variable stands in quotes: "${NAME}"';

/** Parses YAML 1.2: `no` is a text, and there are no dates. */
export function parseYaml(text: string): YamlText | NoYaml {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, version: '1.2' });
  const lineAt = (offset: number): number => Math.max(1, lines.linePos(offset).line);
  // What is said after the first error is mostly its consequence.
  const [error] = [...document.errors, ...document.warnings].sort((a, b) => a.pos[0] - b.pos[0]);
  if (error !== undefined) {
    const line = lineAt(error.pos[0]);
    const said = error.message.replaceAll(/\s+/g, ' ');
    const hint = text.split('\n')[line - 1]?.includes('${') ? `. ${QUOTES}` : '';
    return { line, message: `no YAML: ${said}${hint}` };
  }
  try {
    const value: unknown = document.toJS();
    return {
      value,
      line: (fault) => lineAt(offsetOf(document, fault)),
      written: (path) => at(document, path),
    };
  } catch (error) {
    // A name that stands for another part, and that was never given or leads to itself too often.
    return { line: 1, message: `no YAML: ${messageOf(error)}` };
  }
}

function at(document: Document, path: Path): string | undefined {
  const node = document.getIn(path, true);
  return isScalar(node) ? (node.source ?? String(node.value)) : undefined;
}

function offsetOf(document: Document, { path, atWord }: Pick<Fault, 'path' | 'atWord'>): number {
  for (let length = path.length; length > 0; length -= 1) {
    const around = document.getIn(path.slice(0, length - 1), true);
    const word = isMap(around)
      ? around.items.find(({ key }) => isScalar(key) && String(key.value) === String(path[length - 1]))?.key
      : undefined;
    const node = document.getIn(path.slice(0, length), true);
    const found = atWord || !isScalar(node) ? (word ?? node) : node;
    if (isNode(found) && found.range) return found.range[0];
  }
  return isNode(document.contents) && document.contents.range ? document.contents.range[0] : 0;
}
