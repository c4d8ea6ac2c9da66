import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { prettyLine } from '../src/logger.ts';
import { hideSecrets } from '../src/secrets.ts';

const index = new URL('../src/index.ts', import.meta.url).href;

function logged(statement: string): { text: string; entry: Record<string, unknown> } {
  const script = `const { createLogger } = await import(${JSON.stringify(index)}); const log = createLogger('app', 'info'); ${statement}`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  return { text: stdout, entry: JSON.parse(stdout) };
}

test('a line is JSON with app, pid, level and an ISO time', () => {
  const { entry } = logged(`log.info({ rows: 3 }, 'hello')`);
  expect(entry).toMatchObject({ level: 'info', app: 'app', pid: expect.any(Number), rows: 3, msg: 'hello' });
  expect(entry.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
});

test('passwords of URLs never appear, wherever they are', () => {
  const { text } = logged(`
    const url = 'postgres://me:hunter2@h:1/d?sslpassword=hunter2';
    log.info({ url, deep: { list: [url] }, err: new Error('to ' + url, { cause: new Error(url) }) }, 'at ' + url)`);
  expect(text).not.toContain('hunter2');
  expect(text).toContain('postgres://me:***@h:1/d?sslpassword=***');
});

test("an error is told by message, code and stack, without a driver's further fields", () => {
  const { text, entry } = logged(
    `log.error({ err: Object.assign(new Error('twice'), { code: '23505', detail: 'Key (user_id)=(user_7)' }) })`,
  );
  expect(entry.err).toMatchObject({
    type: 'Error',
    message: 'twice',
    code: '23505',
    stack: expect.any(String),
  });
  expect(text).not.toContain('user_7');
});

const hostile = 'a\u001b[2J\r\nb\u009b1m\u202e\u0007\\u0041.csv';

test('a hostile name is harmless in JSON and still itself', () => {
  const { text, entry } = logged(
    `log.info({ file: ${JSON.stringify(hostile)} }, ${JSON.stringify(hostile)})`,
  );
  expect(text).toMatch(/^[\x20-\x7e]*\n$/);
  expect(entry).toMatchObject({ file: hostile, msg: hostile });
});

test('a hostile name is harmless in the pretty form', () => {
  const line = `${JSON.stringify({ level: 'info', app: 'app', file: hostile, msg: hostile })}\n`;
  const shown = prettyLine(false)(line);
  expect(shown).toMatch(/^[\x20-\x7e]*\n$/);
  expect(shown).toContain('a\\u001b[2J\\r\\nb\\u009b1m\\u202e\\u0007\\u0041.csv');
});

test('secrets are hidden in any text, and nothing else is changed', () => {
  expect(hideSecrets('x redis://:pw@h:1/0, y postgres://a:b@c@h/d?x=1')).toBe(
    'x redis://:***@h:1/0, y postgres://a:***@h/d?x=1',
  );
  expect(hideSecrets('postgres://me@h/d and http://h:80/a@b')).toBe('postgres://me@h/d and http://h:80/a@b');
});
