import type { FleetAnswer } from '../answers.ts';
import type { Page } from '../app.ts';
import { counted } from '../format.ts';
import { hostTable, processTable } from '../parts/fleet-tables.ts';
import { card, pageHead } from '../parts/section.ts';

/** Every process and machine. */
export const fleetPage: Page = {
  section: 'Fleet',
  title: 'Fleet',
  show: async ({ api, signal }) => {
    const { processes, hosts } = await api.get<FleetAnswer>('/api/fleet', {}, signal);
    const silent = processes.filter((process) => process.silent).length;
    const note = `${counted(processes.length, 'process', 'processes')}${silent === 0 ? '' : `, ${silent} of them silent`}`;
    return [
      pageHead('Fleet', note),
      card('Processes', {}, processTable(processes, false)),
      card('Machines', {}, hostTable(hosts)),
    ];
  },
};
