/** Secrets of this length are hidden everywhere, shorter ones as whole words, and the shortest only in place of a password. */
const HIDDEN_ANYWHERE = 8;
const HIDDEN_AS_A_WORD = 4;

const secrets = new Set<string>();
/** Words that are shown anyway, such as the name of the user. A password equal to one of them cannot be hidden in every text. */
const shown = new Set<string>();
let hiding: RegExp | undefined;

/** Makes {@link hideSecrets} hide this text from now on, in every form in which a message may quote it. */
export function knowSecret(secret: string | undefined): void {
  if (!secret || secrets.has(secret)) return;
  secrets.add(secret);
  hiding = undefined;
}

/** Like {@link knowSecret}, for the password of a URL and for its parameters that are passwords. */
export function knowSecretsOf(url: string): void {
  // The password is taken as written, because a URL parser encodes it in its own way and rejects some URLs.
  const written = URL.canParse(url) ? /^[^:/?#]+:\/\/[^/?#:]*:([^/?#]*)@/ : /:\/\/[^:]*:(.*)@/s;
  knowSecret(written.exec(url)?.[1]);
  // An unencoded special character cuts a password short, so everything up to the last @ counts as a secret too.
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
    return text; // A lone % is not an encoding and stands for itself.
  }
}

const urlUserInfo = /([a-z][a-z0-9+.-]*:\/\/[^\s:@/"']*):[^\s/"']*@/gi;
const passwordParameter =
  /([?&\s"'][a-z_]*pass(?:word|phrase)=|[?&][a-z_]*pass[a-z_]*=)(?:'[^']*'|[^&\s"']*)/gi;

/**
 * The text with each known secret replaced by `***` (`postgres://user:***@host/db`). Anything that looks like the password
 * of a URL is replaced too, because the password of a mistyped URL is not a known secret.
 */
export function hideSecrets(text: string): string {
  hiding ??= patternOf([...secrets]);
  return text.replace(hiding, '***').replace(urlUserInfo, '$1:***@').replace(passwordParameter, '$1***');
}

const jsonString = /"(?:[^"\\]|\\.)*"(\s*:)?/g;

/** Like {@link hideSecrets}, for a line of JSON. It changes only string values, so the line stays JSON with the same names. */
export function hideSecretsInJson(line: string): string {
  // A line without an escape holds each text as it is, so that one look at all of it is enough for nearly every line.
  if (!line.includes('\\') && hideSecrets(line) === line) return line;
  return line.replace(jsonString, (found, colon?: string) => {
    if (colon !== undefined) return found;
    const text: unknown = JSON.parse(found);
    const hidden = hideSecrets(String(text));
    return hidden === text ? found : JSON.stringify(hidden);
  });
}

/** The same error with every known secret hidden in its message and stack, for errors that other code stores or prints. */
export function hideSecretsOf(error: Error): Error {
  for (const name of ['message', 'stack'] as const) {
    const value = hideSecrets(error[name] ?? '');
    // The property is redefined, because an AbortError does not allow assignment.
    if (value !== (error[name] ?? '')) Object.defineProperty(error, name, { value, configurable: true });
  }
  return error;
}

function patternOf(known: readonly string[]): RegExp {
  const parts = known.flatMap((secret) => [...formsOf(secret)].map((form) => ({ secret, form })));
  // The longest form comes first, because one secret may contain another.
  parts.sort((one, other) => other.form.length - one.form.length);
  return new RegExp(parts.map(({ secret, form }) => placed(secret, form)).join('|') || '(?!)', 'gu');
}

/** The secret itself, in JSON, and in a URL as several encoders write it. */
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

/** The pattern of the places where a form is hidden. Hiding a short or common word everywhere would make texts unreadable. */
function placed(secret: string, form: string): string {
  const pattern = RegExp.escape(form);
  const isCommon = [...shown].some((word) => word.includes(secret));
  if (!isCommon && secret.length >= HIDDEN_ANYWHERE) return pattern;
  if (!isCommon && secret.length >= HIDDEN_AS_A_WORD && !/^\d+$/.test(secret)) {
    return `(?:(?<![\\p{L}\\p{N}])|(?<=%[0-9A-Fa-f]{2}))${pattern}(?![\\p{L}\\p{N}])`;
  }
  return `(?<=:)${pattern}(?=@)|(?<=pass(?:word|phrase)?["']?[:=] ?["']?)${pattern}(?=[&\\s"']|$)`;
}
