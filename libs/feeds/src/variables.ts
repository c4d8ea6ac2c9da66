import { type Config, settings, settingText } from '@sluice/process';
import type { Fault, Path } from './mistake.ts';

/** Gives the value of a variable, undefined when it is not set, or says why a feed may not use it. */
export type Variables = (
  name: string,
) => { readonly value: string | undefined } | { readonly refused: string };

/** A feed holds no secrets, because its text is kept in the ledger and shown. The path of a file with a secret is none. */
const SECRET = /(?:PASSWORD|SECRET|TOKEN|KEY)$/i;

/** The variables of a process: first its settings, however they were given, then the environment and `.env`. */
export function variablesOf(config: Config): Variables {
  return (name) => {
    const setting = settings.find(({ env }) => env === name);
    if (SECRET.test(name) || setting?.secret !== undefined) {
      return {
        refused: `${name} may be a secret, and a feed holds none; allowed: a name that ends otherwise`,
      };
    }
    return { value: setting === undefined ? config.variable(name) : settingText(config, setting.key) };
  };
}

const MARK = /\$\$\{|\$\{([^}]*)(\}?)/g;
const FORM = /^([A-Za-z_][A-Za-z0-9_]*)(?::-((?:(?!\$\{).)*))?$/s;

/** The names of the variables in a text, whether they may be used or not. */
function namesIn(text: string): string[] {
  return [...text.matchAll(MARK)].flatMap(([, inner]) => FORM.exec(inner ?? '')?.[1] ?? []);
}

/** Puts the values of variables in place of `${NAME}` and `${NAME:-default}`. `$${` stands for `${`. */
function fillIn(text: string, variables: Variables, fault: (message: string) => void): string {
  return text.replaceAll(MARK, (whole: string, inner: string | undefined, end: string | undefined) => {
    if (inner === undefined) return '${';
    const [, name, preset] = FORM.exec(inner) ?? [];
    if (name === undefined || end === '') {
      fault(
        `got ${JSON.stringify(whole)}; allowed: \${NAME} or \${NAME:-default}, and $\${ for a literal \${`,
      );
      return whole;
    }
    const found = variables(name);
    if ('refused' in found) {
      fault(found.refused);
      return whole;
    }
    const value = found.value ?? preset;
    if (value === undefined)
      fault(`${name} is not set; allowed: a variable that is set, or \${${name}:-default}`);
    return value ?? whole;
  });
}

/** The words whose values may have variables, with all that is below them. */
const FILLED_IN = ['source', 'sourceOptions', 'table', 'format', 'load'];
/** The words that are ignored. */
const IGNORED = ['title', 'description', 'example'];

/** Fills in the variables of a feed, and says where one stands that is not filled in. */
export function fillInAll(given: unknown, variables: Variables, faults: Fault[], path: Path = []): unknown {
  const last = path.at(-1);
  if (typeof last === 'string' && IGNORED.includes(last)) return given;
  if (typeof given === 'string') {
    const [top] = path;
    const filled = FILLED_IN.includes(String(top)) || last === 'timezone';
    if (filled) return fillIn(given, variables, (message) => faults.push({ path, message }));
    if (namesIn(given).length > 0) {
      const message = `got ${JSON.stringify(given)}; allowed: a text without variables. They are filled in only in source, sourceOptions, table, format, load and timezone`;
      faults.push({ path, message });
    }
    return given;
  }
  if (Array.isArray(given)) return given.map((item, i) => fillInAll(item, variables, faults, [...path, i]));
  if (typeof given !== 'object' || given === null) return given;
  return Object.fromEntries(
    Object.entries(given).map(([word, value]) => [
      word,
      fillInAll(value, variables, faults, [...path, word]),
    ]),
  );
}
