import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

const infra = join(import.meta.dirname, '../../../infra');
const read = (path: string) => readFileSync(join(infra, path), 'utf8');

const alerts = z.object({
  groups: z.array(z.object({ rules: z.array(z.object({ alert: z.string(), expr: z.string() })) })),
});
const board = z.object({
  panels: z.array(
    z.object({ title: z.string(), targets: z.array(z.object({ expr: z.string() })).default([]) }),
  ),
});

const scaled = z.object({
  spec: z.object({ triggers: z.array(z.object({ metadata: z.object({ query: z.string() }) })) }),
});

/** Every query that a file below `infra/` puts to Prometheus, with where it stands. */
export function shippedQueries(): { readonly where: string; readonly query: string }[] {
  const { groups } = alerts.parse(parse(read('monitoring/alerts.yml')));
  const { panels } = board.parse(JSON.parse(read('monitoring/grafana/sluice.json')));
  const scaler = scaled.parse(parse(read('kubernetes/autoscaling/workers.yaml')));
  return [
    ...scaler.spec.triggers.map(({ metadata }) => ({ where: 'KEDA', query: metadata.query })),
    ...groups.flatMap(({ rules }) => rules.map(({ alert, expr }) => ({ where: alert, query: expr }))),
    ...panels.flatMap(({ title, targets }) => targets.map(({ expr }) => ({ where: title, query: expr }))),
  ];
}

/** A sample of `/metrics`, its labels as they are written there. */
interface Shown {
  readonly name: string;
  readonly labels: string;
}

/** The labels that Prometheus adds to all that it reads. */
const ADDED = ['job', 'instance'];

const labelsOf = (text: string): Map<string, string> =>
  new Map([...text.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]));

/** What a query asks for that no sample has: a figure, a label, or the value of one. */
export function notShown(query: string, samples: readonly Shown[]): string[] {
  const known = new Set<string>(ADDED);
  const lost: string[] = [];
  for (const [, name = '', matchers = ''] of query.matchAll(/\b(sluice_\w+)(?:\{([^}]*)\})?/g)) {
    const own = samples.filter((sample) => sample.name === name).map(({ labels }) => labelsOf(labels));
    if (own.length === 0) lost.push(name);
    for (const label of own.flatMap((labels) => [...labels.keys()])) known.add(label);
    const wanted = [...labelsOf(matchers)];
    if (!own.some((labels) => wanted.every(([label, value]) => labels.get(label) === value)))
      lost.push(`${name}{${matchers}}`);
  }
  for (const [, labels = ''] of query.matchAll(/\bby \(([^)]*)\)/g))
    for (const label of labels.split(', ')) if (!known.has(label)) lost.push(`by (${label})`);
  return lost;
}
