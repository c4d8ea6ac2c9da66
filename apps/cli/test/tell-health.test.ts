import type { HealthReason } from '@sluice/pipeline';
import { expect, it } from 'vitest';
import { ToldReasons } from '../src/tell-health.ts';

const reason = (subject: string, version = '1'): HealthReason => ({
  ...{ code: 'file_quarantined', level: 'attention', subject, version },
  ...{ text: `${subject} is in quarantine`, todo: 'correct it' },
});

it('a start tells of a reason once, when two looks have found it, and again when it comes back or has another occasion', () => {
  const told = new ToldReasons();
  const news = (...reasons: HealthReason[]) => told.news(reasons).map(({ subject }) => subject);
  expect(news(reason('a'))).toEqual([]);
  expect(news(reason('a'), reason('b'))).toEqual(['a']);
  expect(news(reason('a'), reason('b'))).toEqual(['b']);
  expect(news(reason('a'))).toEqual([]);
  expect(news(reason('a', '2'))).toEqual([]);
  expect(news(reason('a', '2'))).toEqual(['a']);
  expect(news()).toEqual([]);
  expect(news(reason('a', '2'))).toEqual([]);
  expect(news(reason('a', '2'))).toEqual(['a']);
});
