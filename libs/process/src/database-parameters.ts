import { fromOrigin, type Place } from './origin.ts';
import { parametersOf, SSL_MODES, TLS_VERSIONS } from './postgres-tls.ts';

/** A parameter of libpq. `allowed`: the values that Sluice honours, all of them where it is left out, none if empty. */
interface Parameter {
  readonly variable?: string;
  readonly allowed?: readonly string[] | RegExp;
}

/**
 * What libpq takes in a URL, and from which variable. What is honoured only by its default, or not at all, stands here to be refused
 * by name: a driver that ignores it would connect in another way than was asked for.
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

/** What may stand in a URL of a database, for a message. */
const supported = Object.keys(known).filter((name) => {
  const allowed = known[name]?.allowed;
  return !Array.isArray(allowed) || allowed.length > 0;
});

/**
 * The parameters of the URL and those that variables add. One that cannot be honoured adds a line to `mistakes`, in which
 * no value of a secret stands.
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
    // A sign of the password that should have been encoded may have cut the URL: then this is a piece of it.
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
