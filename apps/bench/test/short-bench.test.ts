import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

/** This file runs last (infra/longest-first.ts). It asserts no time, because a machine that runs tests is no place to measure. */
test('loads a small load exactly, and tells the CPU of a record', () => {
  const args = ['throughput', '--files', '100', '--rows', '75', '--load', 'dirty', '--rounds', '1', '--json'];
  const output = execFileSync(process.execPath, [MAIN, ...args], { encoding: 'utf8' });
  const { throughput } = JSON.parse(output) as {
    throughput: {
      rows: number;
      records: number;
      cpu: Record<string, number>;
      copyCpu: Record<string, number>;
    };
  };
  const us = (cpu: Record<string, number>) =>
    Object.entries(cpu)
      .map(([part, value]) => `${part} ${value.toFixed(0)}`)
      .join(', ');
  console.info(
    `A short bench, 100 files of 75 records, with 2 % duplicates and 1 % rejects, exact. CPU in us a record: ${us(throughput.cpu)}; ` +
      `raw COPY: ${us(throughput.copyCpu)}. Such a short load is mostly start; "npm run bench" measures.`,
  );
  expect(throughput.records).toBe(7_500);
  expect(throughput.rows).toBeLessThan(7_500);
});
