import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FAULT_KINDS, type Fault, PASSED_POINTS, type Phase, planOf } from '../src/plan.ts';

const options = fc.record({
  seed: fc.nat(),
  kills: fc.integer({ min: 1, max: 400 }),
  faults: fc.uniqueArray(fc.constantFrom(...FAULT_KINDS), { minLength: 1 }),
});

const faultsOf = ({ watcher, worker, servers }: Phase): Fault[] => [...watcher, ...worker, ...servers];

test('the same seed gives the same plan', () => {
  fc.assert(
    fc.property(options, (asked) => {
      expect(planOf({ ...asked })).toEqual(planOf({ ...asked }));
    }),
  );
});

test('another seed gives another plan', () => {
  const plans = [1, 2].map((seed) => planOf({ seed, kills: 40, faults: FAULT_KINDS }));
  expect(plans[0]).not.toEqual(plans[1]);
});

test('a plan has the faults that were asked for, no others, and as many kills', () => {
  fc.assert(
    fc.property(options, (asked) => {
      const faults = planOf(asked).flatMap(faultsOf);
      expect(new Set(faults.map(({ kind }) => kind))).toEqual(new Set(asked.faults));
      const kills = faults.filter(({ kind }) => kind === 'kill').length;
      expect(kills).toBe(asked.faults.includes('kill') ? asked.kills : 0);
    }),
  );
});

test('two hundred kills come to every kill point, and to those of the clean-up while it is on', () => {
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      const [off, archive] = planOf({ seed, kills: 200, faults: ['kill'] });
      const pointsOf = (phase: Phase) =>
        faultsOf(phase).flatMap((fault) => (fault.kind === 'kill' ? (fault.at?.point ?? []) : []));
      expect(new Set([...pointsOf(off), ...pointsOf(archive)])).toEqual(new Set(PASSED_POINTS));
      expect(pointsOf(off).filter((point) => point.startsWith('clean-up:'))).toEqual([]);
    }),
  );
});

test('a fault stands in the lane of its victims', () => {
  fc.assert(
    fc.property(options, (asked) => {
      for (const { watcher, worker, servers } of planOf(asked)) {
        expect(watcher.every((fault) => 'side' in fault && fault.side === 'watcher')).toBe(true);
        expect(worker.every((fault) => 'side' in fault && fault.side === 'worker')).toBe(true);
        expect(servers.some((fault) => 'side' in fault)).toBe(false);
      }
    }),
  );
});
