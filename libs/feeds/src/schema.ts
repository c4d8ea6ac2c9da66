import { z } from 'zod';
import { feedWords } from './words/feed.ts';

/** A part of a JSON Schema. */
type Part = { [word: string]: unknown };

/** A value that a variable gives. */
const VARIABLE = { type: 'string', pattern: '\\$\\{' };

/** The JSON Schema of a feed, with which an editor completes, checks and explains its words. */
export function feedSchema(): Part {
  const schema: Part = z.toJSONSchema(feedWords, { io: 'input', target: 'draft-7' });
  const { $schema, ...rest } = schema;
  for (const [word, part] of partsOf(schema)) {
    if (word === 'source' || word === 'table') allowVariable(part);
    if (word === 'expect')
      for (const [below, one] of partsOf(part)) if (below === 'timezone') allowVariable(one);
    if (word === 'format' || word === 'load' || word === 'sourceOptions')
      for (const [, below] of partsOf(part)) allowVariable(below);
  }
  for (const [word, part] of partsOf(fieldOf(schema))) if (word === 'timezone') allowVariable(part);
  return { $schema, title: 'A feed of Sluice', ...rest };
}

function partsOf(part: Part): [string, Part][] {
  return isPart(part.properties)
    ? Object.entries(part.properties).filter((entry): entry is [string, Part] => isPart(entry[1]))
    : [];
}

function fieldOf(schema: Part): Part {
  const inside = new Map(partsOf(schema)).get('schema') ?? {};
  const fields = new Map(partsOf(inside)).get('fields') ?? {};
  return isPart(fields.items) ? fields.items : {};
}

/** A text with a variable is allowed too, in a place that takes no other text or only some. */
function allowVariable(part: Part): void {
  if (part.type === 'array' || part.type === 'object') return;
  const { description, ...rest } = part;
  for (const word of Object.keys(part)) delete part[word];
  Object.assign(part, { description, anyOf: [rest, VARIABLE] });
}

function isPart(value: unknown): value is Part {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
