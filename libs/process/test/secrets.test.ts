import fc from 'fast-check';
import { beforeEach, describe, expect, test, vi } from 'vitest';

// What is known to one test must not hide anything in another.
let secrets: typeof import('../src/secrets.ts');
beforeEach(async () => {
  vi.resetModules();
  secrets = await import('../src/secrets.ts');
});

const nasty = `it's a p%4/x@:"y\\z ñ`;

test.each([
  ['as it is', nasty],
  ['within JSON', JSON.stringify({ password: nasty })],
  ['within a URL', `postgres://me:${encodeURIComponent(nasty)}@h/d`],
  ['within a URL, in small letters', encodeURIComponent(nasty).replace(/%../g, (code) => code.toLowerCase())],
  ['in a form', new URLSearchParams({ password: nasty }).toString()],
  ['as libpq takes it', `host=h password='${nasty}'`],
])('a known password is hidden %s', (_, text) => {
  secrets.knowSecret(nasty);
  expect(secrets.hideSecrets(`before ${text} after`)).toMatch(/^before .*\*\*\*.* after$/);
  for (const piece of ["it's", 'p%4', 'y\\z', 'x%40', 'ñ', '%C3%B1']) {
    expect(secrets.hideSecrets(text)).not.toContain(piece);
  }
});

test.each([
  "postgres://me:it's a secret@h/d",
  "postgres://me:it's%20a%20secret@h/d",
  'postgres://me:it%27s%20a%20secret@h/d',
])('the password of a URL is known as it is written, encoded and decoded: %s', (url) => {
  secrets.knowSecretsOf(url);
  const said = `${url} it's a secret it's%20a%20secret it%27s%20a%20secret it%27s+a+secret`;
  expect(secrets.hideSecrets(said)).toBe('postgres://me:***@h/d *** *** *** ***');
});

test('a password is hidden as a whole where a sign of it that should have been encoded cuts it short', () => {
  for (const url of ['postgres://me:p%40ss@wo/rd?#x@h:5432/d', 'postgres://me:one/two?three@four@h:5432/d']) {
    secrets.knowSecretsOf(url);
    expect(secrets.hideSecrets(`got ${url}`)).toBe('got postgres://me:***@h:5432/d');
  }
});

test('parameters of a URL that are passwords are known as well', () => {
  secrets.knowSecretsOf('postgres://h/d?sslpassword=open%20sesame');
  expect(secrets.hideSecrets('?sslpassword=open%20sesame and open sesame')).toBe('?sslpassword=*** and ***');
});

describe('a secret that is short or common', () => {
  test('hides no other words', () => {
    for (const secret of ['a', '12345', 'ok']) secrets.knowSecretsOf(`redis://:${secret}@h:12345`);
    const text = 'ok: a row of 12345 at http://h:12345/ok';
    expect(secrets.hideSecrets(text)).toBe(text);
    expect(secrets.hideSecrets('redis://:a@h password=ok')).toBe('redis://:***@h password=***');
  });

  test('is hidden as a word of its own', () => {
    secrets.knowSecret('hunter2');
    expect(secrets.hideSecrets('hunter2 (hunter2) u%3Ahunter2%40h hunter23')).toBe(
      '*** (***) u%3A***%40h hunter23',
    );
  });

  test('that is also the name of user, database or scheme leaves those to be read', () => {
    secrets.knowSecretsOf('postgres://sluice:sluice@h/sluice');
    secrets.knowSecretsOf('postgres://postgres:postgres@h/sluice');
    expect(secrets.hideSecrets('postgres://sluice:sluice@h/sluice: sluice cannot log in to postgres')).toBe(
      'postgres://sluice:***@h/sluice: sluice cannot log in to postgres',
    );
    expect(secrets.hideSecrets('postgres://postgres:postgres@h')).toBe('postgres://postgres:***@h');
  });
});

test('a line of JSON stays JSON with the same names and numbers', () => {
  for (const secret of ['12345678', 'level', 'a "quoted" secret']) secrets.knowSecret(secret);
  const line = JSON.stringify({
    level: 'info',
    pid: 12345678,
    msg: 'with a "quoted" secret',
    list: ['level'],
  });
  expect(JSON.parse(secrets.hideSecretsInJson(line))).toEqual({
    level: 'info',
    pid: 12345678,
    msg: 'with ***',
    list: ['***'],
  });
});

test('a line without escapes, which is looked at as a whole, hides as much as one whose texts are looked at one by one', () => {
  for (const secret of ['open-sesame', 'tiny5']) secrets.knowSecret(secret);
  const piece = fc.constantFrom(
    'open-sesame',
    'tiny5',
    'a',
    ' ',
    ':',
    '@',
    '&',
    '=',
    'password',
    'url://',
    '%2F',
    '\u{130}',
  );
  const text = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(''));
  const hidden = (value: object): unknown => JSON.parse(secrets.hideSecretsInJson(JSON.stringify(value)));
  fc.assert(
    fc.property(text, text, (one, other) => {
      expect(hidden({ one, other, escape: '' })).toEqual({
        ...Object(hidden({ one, other, escape: '\n' })),
        escape: '',
      });
    }),
    { numRuns: 3000 },
  );
});

test('an error says nothing that is secret, in its message or its stack', () => {
  secrets.knowSecret('open sesame');
  const hidden = secrets.hideSecretsOf(new Error('to postgres://u:open%20sesame@h'));
  expect(`${hidden.message} ${hidden.stack}`).not.toContain('sesame');
  const aborted = AbortSignal.abort().reason;
  expect(secrets.hideSecretsOf(aborted)).toBe(aborted);
});
