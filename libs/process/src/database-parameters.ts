import { fromOrigin, type Place } from './origin.ts';
import { parametersOf, SSL_MODES, TLS_VERSIONS } from './postgres-tls.ts';

/** A parameter of libpq. `allowed`: the values that Sluice supports. Without it every value is supported; if empty, none. */
interface Parameter {
  readonly variable?: string;
  readonly allowed?: readonly string[] | RegExp;
}

/**
 * The parameters that libpq takes in a URL, and their variables. Parameters that Sluice supports only with their default, or not
 * at all, are listed too, so that they are refused by name: ignoring one would connect in another way than the user asked for.
 */
const known: Readonly<Record<string, Parameter>> = {
  sslmode: { variable: 'PGSSLMODE', allowed: SSL_MODES },
  ssl: { allowed: ['true'] },
  sslrootcert: { variable: 'PGSSLROOTCERT' },
  sslcert: { variable: 'PGSSLCERT' },
  sslkey: { variable: 'PGSSLKEY' },
  sslpassword: {},
  sslcrl: { variable: 'PGSSLCRL' },
  ssl_min_protocol_version: { variable: 'PGSSLMINPROTOCOLVERSION', allowed: TLS_VERSIONS },
  ssl_max_protocol_version: { variable: 'PGSSLMAXPROTOCOLVERSION', allowed: TLS_VERSIONS },
  passfile: { variable: 'PGPASSFILE' },
  application_name: { variable: 'PGAPPNAME' },
  options: { variable: 'PGOPTIONS' },
  connect_timeout: { variable: 'PGCONNECT_TIMEOUT', allowed: /^[1-9]\d{0,3}$/ },
  client_encoding: { variable: 'PGCLIENTENCODING', allowed: ['UTF8', 'UTF-8', 'utf8', 'utf-8'] },
  channel_binding: { variable: 'PGCHANNELBINDING', allowed: ['disable', 'prefer'] },
  gssencmode: { variable: 'PGGSSENCMODE', allowed: ['disable', 'prefer'] },
  sslnegotiation: { variable: 'PGSSLNEGOTIATION', allowed: ['postgres'] },
  sslcertmode: { variable: 'PGSSLCERTMODE', allowed: ['allow'] },
  sslcompression: { variable: 'PGSSLCOMPRESSION', allowed: ['0'] },
  sslsni: { variable: 'PGSSLSNI', allowed: ['1'] },
  target_session_attrs: { variable: 'PGTARGETSESSIONATTRS', allowed: ['any'] },
  load_balance_hosts: { variable: 'PGLOADBALANCEHOSTS', allowed: ['disable'] },
  sslcrldir: { variable: 'PGSSLCRLDIR', allowed: [] },
  require_auth: { variable: 'PGREQUIREAUTH', allowed: [] },
  hostaddr: { variable: 'PGHOSTADDR', allowed: [] },
  service: { variable: 'PGSERVICE', allowed: [] },
};

/** The parameters that a database URL may have, for a message. */
const supported = Object.keys(known).filter((name) => {
  const allowed = known[name]?.allowed;
  return !Array.isArray(allowed) || allowed.length > 0;
});

/**
 * The parameters of the URL and those that variables add. An unsupported one adds a line to `mistakes`, which never shows
 * a secret.
 */
export function checkedParameters(
  setting: string,
  url: string,
  placeOf: (name: string) => Place | undefined,
  mistakes: string[],
): Map<string, string> {
  const parameters = parametersOf(url);
  for (const [name, value] of parameters) {
    const wrong = whyRefused(name, value);
    if (wrong !== undefined) mistakes.push(`${setting}: got ${wrong}`);
  }
  for (const [name, { variable }] of Object.entries(known)) {
    const place = variable === undefined ? undefined : placeOf(variable);
    const value = place?.variables[variable ?? ''];
    if (!value || parameters.has(name) || (name === 'sslmode' && parameters.get('ssl') === 'true')) continue;
    const wrong = whyRefused(name, value);
    if (wrong === undefined) parameters.set(name, value);
    else mistakes.push(`${variable}${fromOrigin(place?.origin)}: got ${wrong}`);
  }
  return parameters;
}

function whyRefused(name: string, value: string): string | undefined {
  const parameter = Object.hasOwn(known, name) ? known[name] : undefined;
  if (parameter === undefined) {
    // An unencoded special character in the password may have cut the URL, so that this name is part of the password.
    const shown = /^[a-z_]{1,40}$/.test(name) ? `the parameter ${name}` : 'a parameter that is not shown';
    return `${shown}; allowed: ${supported.join(', ')} (a setting of the server as options=-cNAME%3DVALUE)`;
  }
  const { allowed } = parameter;
  if (allowed === undefined) return undefined;
  if (allowed instanceof RegExp) {
    return allowed.test(value) ? undefined : `${name}=${value}; allowed: whole seconds from 1 to 9999`;
  }
  if (allowed.includes(value)) return undefined;
  const others = allowed.length > 0 ? `only ${name}=${allowed.join(' or ')}` : `a URL without ${name}`;
  return `${name}=${value}, which Sluice does not support; allowed: ${others}`;
}
