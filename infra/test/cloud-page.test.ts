import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { settings } from '../../libs/process/src/settings.ts';

const page = readFileSync(new URL('../../docs/cloud.md', import.meta.url), 'utf8');

const oneOrMore = z.union([z.string(), z.array(z.string()).min(1)]).transform((value) => [value].flat());
/** What AWS takes as a policy of an identity, without the words that give more than is needed. */
const policy = z.strictObject({
  Version: z.literal('2012-10-17'),
  Statement: z
    .array(
      z.strictObject({
        Sid: z.string().regex(/^[A-Za-z0-9]+$/),
        Effect: z.literal('Allow'),
        Action: oneOrMore,
        Resource: oneOrMore,
        Condition: z.record(z.string(), z.record(z.string(), oneOrMore)).optional(),
      }),
    )
    .min(1),
});

describe('the policy on the page of managed services', () => {
  const [, json = ''] = /```json\n(.*?)```/s.exec(page) ?? [];
  const { Statement: statements } = policy.parse(JSON.parse(json));

  test('gives single actions on single things', () => {
    for (const { Action, Resource } of statements) {
      for (const action of Action) expect(action).toMatch(/^(?:s3|secretsmanager):[A-Z][A-Za-z]+$/);
      for (const resource of Resource)
        expect(resource).toMatch(
          /^arn:aws:(?:s3:::[a-z0-9.-]+(?:\/[a-z]+\/\*)?|secretsmanager:[a-z0-9-]+:\d{12}:secret:[a-z/-]+-\?{6})$/,
        );
    }
    const all = statements.flatMap(({ Action }) => Action);
    expect(new Set(all).size).toBe(all.length);
  });

  test('lists only below the prefixes whose objects it may read', () => {
    const listed = statements.find(({ Action }) => Action.includes('s3:ListBucket'));
    const objects = statements.find(({ Action }) => Action.includes('s3:GetObject'));
    const prefixes = listed?.Condition?.StringLike?.['s3:prefix'] ?? [];
    expect(prefixes.length).toBeGreaterThan(0);
    expect(objects?.Resource).toEqual(prefixes.map((prefix) => `${listed?.Resource[0]}/${prefix}`));
  });
});

test('every setting that the page of managed services names is a setting', () => {
  const known = new Set(settings.flatMap(({ env }) => [env, `${env}_FILE`]));
  const named = page.match(/\b(?:DATABASE|REDIS|DASHBOARD|OTEL)_[A-Z_]+\b/g) ?? [];
  expect(named.filter((name) => !known.has(name))).toEqual([]);
});
