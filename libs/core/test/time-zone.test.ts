import { expect, it } from 'vitest';
import { instantOf } from '../src/time-zone.ts';
import { utcTimestamp } from '../src/timestamp.ts';

const QUARTER = 900_000;

it.each(['Europe/Berlin', 'Australia/Lord_Howe', 'Asia/Kathmandu'])(
  'a time of %s is the instant at which its clocks show it, also where they change',
  (zone) => {
    const wrong: string[] = [];
    // A minute that is not the first of its quarter, in the first four hours of each day.
    for (let at = Date.UTC(2025, 0) + 441_000; at < Date.UTC(2026, 0); at += QUARTER) {
      const text = new Date(at).toISOString().slice(0, 19).replace('T', ' ');
      if (text[11] !== '0' || Number(text[12]) > 3) continue;
      const instant = instantOf(at, zone);
      const expected = instant && new Date(instant).toISOString().slice(0, 19).replace('T', ' ');
      if (utcTimestamp(text, zone) !== expected) wrong.push(text);
    }
    expect(wrong).toEqual([]);
  },
);
