/** A shorter one is hidden where it is a word of its own, a still shorter one only where a password stands. */
const HIDDEN_ANYWHERE = 8;
const HIDDEN_AS_A_WORD = 4;

const secrets = new Set<string>();
/** What is shown anyway, such as the name of the user: a password that is equal to it cannot be hidden in every text. */
const shown = new Set<string>();
let hiding: RegExp | undefined;

/** From now on, {@link hideSecrets} hides this text in every form in which a message may quote it. */
export function knowSecret(secret: string | undefined): void {
  if (!secret || secrets.has(secret)) return;
  secrets.add(secret);
  hiding = undefined;
}

/** As {@link knowSecret}, for the password of a URL and for its parameters that are passwords. */
export function knowSecretsOf(url: string): void {
  // As it is written there: a URL parser encodes it in its own way, and refuses some.
  const written = URL.canParse(url) ? /^[^:/?#]+:\/\/[^/?#:]*:([^/?#]*)@/ : /:\/\/[^:]*:(.*)@/s;
  knowSecret(written.exec(url)?.[1]);
  // A sign that should have been encoded cuts a password short: it goes on to the last @.
  knowSecret(/^[^:/?#]+:\/\/[^:@/?#]*:(.*)@/s.exec(url)?.[1]);
  if (!URL.canParse(url)) return;
  const { protocol, username, password, hostname, port, pathname, searchParams } = new URL(url);
  knowSecret(password);
  knowSecret(decoded(password));
  for (const [name, value] of searchParams) if (/pass(?:word|phrase)?$/i.test(name)) knowSecret(value);
  for (const word of [protocol, username, hostname, port, pathname]) shown.add(decoded(word));
  hiding = undefined;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // A lone % is not an encoding; it stands for itself.
  }
}

const urlUserInfo = /([a-z][a-z0-9+.-]*:\/\/[^\s:@/"']*):[^\s/"']*@/gi;
const passwordParameter =
  /([?&\s"'][a-z_]*pass(?:word|phrase)=|[?&][a-z_]*pass[a-z_]*=)(?:'[^']*'|[^&\s"']*)/gi;

/**
 * The text with each known secret in it replaced by `***` (`postgres://user:***@host/db`); then also what looks like
 * the password of a URL, because a mistyped one is not known.
 */
export function hideSecrets(text: string): string {
  hiding ??= patternOf([...secrets]);
  return text.replace(hiding, '***').replace(urlUserInfo, '$1:***@').replace(passwordParameter, '$1***');
}

const jsonString = /"(?:[^"\\]|\\.)*"(\s*:)?/g;

/** As {@link hideSecrets}, for a line of JSON: in its texts alone, so that it stays JSON with the same names. */
export function hideSecretsInJson(line: string): string {
  return line.replace(jsonString, (found, colon?: string) => {
    if (colon !== undefined) return found;
    const text: unknown = JSON.parse(found);
    const hidden = hideSecrets(String(text));
    return hidden === text ? found : JSON.stringify(hidden);
  });
}

/** The error itself, with every known secret hidden in what it says; for errors that others store or print. */
export function hideSecretsOf(error: Error): Error {
  for (const name of ['message', 'stack'] as const) {
    const value = hideSecrets(error[name] ?? '');
    // Defined, because an AbortError takes no assignment.
    if (value !== (error[name] ?? '')) Object.defineProperty(error, name, { value, configurable: true });
  }
  return error;
}

function patternOf(known: readonly string[]): RegExp {
  const parts = known.flatMap((secret) => [...formsOf(secret)].map((form) => ({ secret, form })));
  // The longest first: one secret may hold another.
  parts.sort((one, other) => other.form.length - one.form.length);
  return new RegExp(parts.map(({ secret, form }) => placed(secret, form)).join('|') || '(?!)', 'gu');
}

/** The secret as it is, within JSON, and within a URL as several encoders write it. */
function formsOf(given: string): Set<string> {
  const secret = given.toWellFormed();
  const url = new URL('postgres://host');
  url.password = secret;
  const encoded = encodeURIComponent(secret);
  const strict = encoded.replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`);
  const inForm = new URLSearchParams([['x', secret]]).toString().slice(2);
  const inUrls = [url.password, encoded, strict, inForm];
  const lower = inUrls.map((text) => text.replace(/%../g, (code) => code.toLowerCase()));
  return new Set([given, secret, JSON.stringify(secret).slice(1, -1), ...inUrls, ...lower]);
}

/** Where that form is to be hidden: a short or common word, hidden everywhere, would leave nothing to read. */
function placed(secret: string, form: string): string {
  const pattern = RegExp.escape(form);
  const isCommon = [...shown].some((word) => word.includes(secret));
  if (!isCommon && secret.length >= HIDDEN_ANYWHERE) return pattern;
  if (!isCommon && secret.length >= HIDDEN_AS_A_WORD && !/^\d+$/.test(secret)) {
    return `(?:(?<![\\p{L}\\p{N}])|(?<=%[0-9A-Fa-f]{2}))${pattern}(?![\\p{L}\\p{N}])`;
  }
  return `(?<=:)${pattern}(?=@)|(?<=pass(?:word|phrase)?["']?[:=] ?["']?)${pattern}(?=[&\\s"']|$)`;
}
