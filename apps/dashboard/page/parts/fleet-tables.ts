import type { FleetAnswer, Host } from '../answers.ts';
import { type Child, el } from '../dom.ts';
import { bytes, counted, duration, NOTHING, percent, wait } from '../format.ts';
import { bar } from './meter.ts';
import { pill } from './pill.ts';
import { name } from './raw.ts';
import { table } from './table.ts';

type Process = FleetAnswer['processes'][number];

/** The processes. With `brief`, details that rarely matter are left out. */
export function processTable(processes: readonly Process[], brief: boolean): Child {
  if (processes.length === 0)
    return el(
      'p',
      {},
      'No process runs. Start some: ',
      el('code', {}, 'npm run watcher'),
      ' and ',
      el('code', {}, 'npm run worker'),
      '.',
    );
  const told = !brief && processes.some(({ metrics }) => metrics !== null);
  const columns = [
    { name: 'process' },
    { name: 'state' },
    ...(brief
      ? []
      : [
          { name: 'host', short: true },
          { name: 'pid', number: true },
          { name: 'version', number: true },
          { name: 'up for', number: true },
        ]),
    { name: 'busy', number: true },
    { name: 'CPU', number: true },
    { name: 'memory', number: true },
    ...(brief ? [] : [{ name: 'heap', number: true }]),
    { name: 'loop delay p99', number: true },
    { name: 'last heartbeat', number: true },
    ...(told ? [{ name: 'own /metrics', short: true }] : []),
  ];
  return table({
    caption: 'Processes of the fleet',
    columns,
    rows: processes.map((one) => ({ key: one.id, cells: cells(one, brief, told) })),
  });
}

/** @param told whether any of the processes serves its own metrics */
function cells(one: Process, brief: boolean, told: boolean): Child[] {
  const { silent, role, host, pid, version, busy, concurrency } = one;
  const figure = (shown: string) => (silent ? NOTHING : shown);
  const state = silent ? pill('bad', `silent ${wait(one.lastSeenSeconds)}`) : pill('ok', 'ok');
  return [
    [role, brief ? [' ', name(`${host}:${pid}`)] : null],
    state,
    ...(brief ? [] : [name(host), String(pid), version, wait(one.uptimeSeconds)]),
    concurrency === 0 ? NOTHING : figure(`${busy} / ${concurrency}`),
    figure(one.cpuPercent === null ? NOTHING : percent(one.cpuPercent / 100)),
    figure(bytes(one.memoryBytes)),
    ...(brief ? [] : [figure(bytes(one.heapBytes))]),
    figure(one.eventLoopP99Ms === null ? NOTHING : duration(one.eventLoopP99Ms / 1000)),
    `${wait(one.lastSeenSeconds)} ago`,
    ...(told ? [one.metrics === null ? NOTHING : name(one.metrics.replace('http://', ''))] : []),
  ];
}

/** The machines, as their processes describe them. */
export function hostTable(hosts: readonly Host[]): Child {
  if (hosts.length === 0) return el('p', { class: 'small' }, 'No machine has told of itself yet.');
  return table({
    caption: 'Machines: processors, memory and network',
    columns: [
      { name: 'host' },
      { name: 'CPU', number: true },
      { name: 'memory', number: true },
      { name: 'received, Mbps', number: true },
      { name: 'sent, Mbps', number: true },
    ],
    rows: hosts.map(
      ({ host, processes, cpus, cpuPercent, memoryBytes, memoryUsedBytes, receivedMbps, sentMbps }) => ({
        key: host,
        cells: [
          [name(host), el('small', { class: 'nowrap' }, counted(processes, 'process', 'processes'))],
          cpuPercent === null
            ? NOTHING
            : [
                percent(cpuPercent / 100),
                el('small', {}, `of ${counted(cpus ?? 0, 'CPU')}`),
                bar(cpuPercent / 100),
              ],
          memoryUsedBytes === null
            ? NOTHING
            : [
                `${bytes(memoryUsedBytes)}`,
                el('small', {}, `of ${bytes(memoryBytes)}`),
                bar(memoryUsedBytes / (memoryBytes ?? memoryUsedBytes)),
              ],
          mbps(receivedMbps),
          mbps(sentMbps),
        ],
      }),
    ),
  });
}

function mbps(n: number | null): string {
  return n === null ? NOTHING : n.toFixed(n < 10 ? 2 : 0);
}
