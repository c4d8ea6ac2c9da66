import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { shippedQueries } from '../apps/dashboard/test/monitoring.ts';

// Has promtool check what infra/monitoring ships: the configuration, the alerts with their tests, and every query of the board and of
// the scaler of workers. If there is no promtool, it says so and succeeds. `npm test` compares the queries with the real figures.

const promtool = process.env.PROMTOOL ?? 'promtool';
const folder = new URL('monitoring/', import.meta.url).pathname;

function check(...args: string[]): void {
  process.stdout.write(`promtool ${args.join(' ')}\n`);
  const { status } = spawnSync(promtool, args, { stdio: 'inherit', cwd: folder });
  if (status !== 0) process.exitCode = 1;
}

const staged = (value: number) => ({ series: 'sluice_staged_records', values: `${value}` });
const open = (value: number) => ({ series: 'sluice_open_files', values: `${value}` });
const jobs = (value: number) => ({
  series: 'sluice_jobs{queue="insert",state="waiting"}',
  values: `${value}`,
});

/** What the scaler asks, put to series for which the answer is known. Without an answer KEDA keeps workers by its fallback. */
function scalerTests(query: string): object {
  const cases = [
    { name: 'nothing to do', series: [open(0), staged(0), jobs(0)], answer: [0] },
    { name: 'one staged row keeps a worker', series: [open(0), staged(1), jobs(0)], answer: [1] },
    { name: 'an open file does', series: [open(1), staged(0), jobs(0)], answer: [1] },
    { name: 'an insert does', series: [open(0), staged(0), jobs(1)], answer: [1] },
    { name: 'all work counts', series: [open(30), staged(2500), jobs(2)], answer: [35] },
    { name: 'Redis is away', series: [open(30)], answer: [] },
    { name: 'the dashboard is away', series: [], answer: [] },
  ];
  return {
    tests: cases.map(({ name, series, answer }) => ({
      name,
      interval: '1m',
      input_series: series,
      promql_expr_test: [
        { expr: query, eval_time: '0m', exp_samples: answer.map((value) => ({ labels: '{}', value })) },
      ],
    })),
  };
}

if (spawnSync(promtool, ['--version']).status !== 0) {
  process.stderr.write(
    'SKIPPED, every check: there is no promtool here (infra/install-programs.sh, or set PROMTOOL)\n',
  );
} else {
  const temporary = mkdtempSync(join(tmpdir(), 'sluice-monitoring-'));
  const queries = shippedQueries();
  const rules = queries.map(({ query }, i) => ({ record: `shipped:query_${i}`, expr: query }));
  const asRules = join(temporary, 'queries.yml');
  writeFileSync(asRules, stringify({ groups: [{ name: 'queries', rules }] }));
  const scaler = join(temporary, 'scaler.test.yml');
  writeFileSync(scaler, stringify(scalerTests(queries.find(({ where }) => where === 'KEDA')?.query ?? '')));
  check('check', 'config', '--syntax-only', 'prometheus.yml');
  check('check', 'rules', 'alerts.yml', asRules);
  check('test', 'rules', 'alerts.test.yml', scaler);
  rmSync(temporary, { recursive: true });
}
