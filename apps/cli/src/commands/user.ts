import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import {
  isUserName,
  makeToken,
  makeUser,
  type Rights,
  readUsers,
  USER_NAME_ALLOWED,
  USER_ROLES,
  type User,
  type UserRole,
  writeUsers,
} from '@sluice/access';
import { type Config, ErrorWithHint, passwordFault, SHORTEST_PASSWORD } from '@sluice/process';
import { type Command, Option } from 'commander';
import { table } from '../printable.ts';
import { runCommand } from '../run-command.ts';
import { say, warn } from '../say.ts';

/** Rights from the command line. A right that is not given stays as it is. */
interface Given {
  readonly role?: UserRole;
  readonly values?: boolean;
}

/** Adds `user`, which manages who may log in to the dashboard. */
export function addUser(program: Command): void {
  const user = program
    .command('user')
    .description(
      'Who may log in to the dashboard: a file of names, rights and hashes of passwords and tokens (DASHBOARD_USERS).',
    )
    .addHelpText(
      'after',
      `
A viewer looks; an operator also retries, replays and pauses. Values of rows (raw rejects, conflicts, the records of a failed
batch) are shown to those alone who were given --values, operator or not. A program shows a token instead of a password. A
running dashboard takes a change in at once, and ends the sessions of a user who is removed or has a new password.

Examples:
  npm run sluice -- user add ada --role operator --values   asks for the password
  echo "$PASSWORD" | npm run sluice -- user add eve --role viewer
  npm run sluice -- user change eve --values                the password stays
  npm run --silent sluice -- user token prometheus          a token for "Authorization: Bearer", shown once
  npm run sluice -- user token prometheus --revoke
  npm run sluice -- user list
  npm run sluice -- user remove eve`,
    );
  const roles = () => new Option('--role <role>', 'what the user may do').choices(USER_ROLES);
  const rights = (command: Command, role: Option) =>
    command
      .addOption(role)
      .option('--values', 'lets the user see values of rows')
      .option('--no-values', 'takes that right away');
  rights(user.command('add'), roles().makeOptionMandatory())
    .argument('<name>', USER_NAME_ALLOWED)
    .description('Add a user, or give one a new password.')
    .action((name: string, given: Given) =>
      runCommand('user', async ({ config, stopping }) => await add(name, given, config, stopping)),
    );
  rights(user.command('change'), roles())
    .argument('<name>')
    .description('Give a user other rights; password and token stay.')
    .action((name: string, given: Given) =>
      runCommand('user', async ({ config }) => change(name, given, config)),
    );
  rights(user.command('token'), roles())
    .argument('<name>', USER_NAME_ALLOWED)
    .option('--revoke', 'the token of this name works no longer')
    .description(
      'Make a token for a program, with the rights of that name: a viewer unless told. It is shown once, and replaces the one before.',
    )
    .action((name: string, { revoke, ...given }: Given & { revoke?: true }) =>
      runCommand('user', async ({ config }) =>
        revoke ? dropToken(name, config) : newToken(name, given, config),
      ),
    );
  user
    .command('remove')
    .argument('<name>')
    .description('Remove a user, and its token.')
    .action((name: string) => runCommand('user', async ({ config }) => remove(name, config)));
  user
    .command('list')
    .description('List the users and their rights.')
    .option('--json', 'as JSON')
    .action(({ json }: { json?: true }) =>
      runCommand('user', async ({ config: { dashboardUsers: file } }) => {
        const users = usersOf(file).map(({ name, role, values, scrypt, token }) => {
          return { name, role, values, password: scrypt !== null, tokenSince: token?.madeAt ?? null };
        });
        const rows = users.map(({ name, role, values, password, tokenSince }) => [
          ...[name, role, values ? 'sees values' : '', password ? 'password' : ''],
          tokenSince === null ? '' : `token of ${tokenSince.slice(0, 10)}`,
        ]);
        const lines = users.length === 0 ? [`no users in ${file}`] : table(rows);
        say(json ? JSON.stringify(users, null, 2) : lines.join('\n'));
        return 0;
      }),
    );
}

const usersOf = (file: string): User[] => readUsers(file) ?? [];

/** The user with that name, and all others. */
function find(name: string, file: string): { readonly known: User | undefined; readonly others: User[] } {
  const users = usersOf(file);
  return {
    known: users.find((user) => user.name === name),
    others: users.filter((user) => user.name !== name),
  };
}

function checkName(name: string): void {
  if (isUserName(name)) return;
  throw new ErrorWithHint(`${JSON.stringify(name)} cannot be the name of a user`, `use ${USER_NAME_ALLOWED}`);
}

const inWords = ({ role, values }: Rights): string => `${role}${values ? ', and sees values of rows' : ''}`;

async function add(name: string, given: Given, config: Config, stopping: AbortSignal): Promise<0> {
  const { dashboardUsers: file } = config;
  checkName(name);
  const { known, others } = find(name, file);
  const password = await readPassword(name, stopping);
  const fault = passwordFault(password, [name]);
  if (fault === 'short') {
    throw new ErrorWithHint('the password is too short', `use at least ${SHORTEST_PASSWORD} characters`);
  }
  if (fault === 'common') {
    throw new ErrorWithHint(
      'the password is a common one, which somebody would soon guess',
      'use a longer one, such as four words that have nothing to do with each other',
    );
  }
  const rights = { role: 'viewer', values: known?.values ?? false, ...given } as const;
  const user = { ...(await makeUser(name, rights, password)), token: known?.token ?? null };
  writeUsers(file, [...others, user]);
  say(`${name} may log in as ${inWords(user)} (${file})`);
  return 0;
}

function change(name: string, given: Given, { dashboardUsers: file }: Config): 0 | 1 {
  const { known, others } = find(name, file);
  if (known === undefined) return unknown(name, file);
  const user = { ...known, ...given };
  writeUsers(file, [...others, user]);
  say(`${name} is ${inWords(user)}`);
  return 0;
}

function newToken(name: string, given: Given, { dashboardUsers: file }: Config): 0 {
  checkName(name);
  const { known, others } = find(name, file);
  const asked = {
    role: given.role ?? known?.role ?? 'viewer',
    values: given.values ?? known?.values ?? false,
  };
  if (known && (asked.role !== known.role || asked.values !== known.values)) {
    throw new ErrorWithHint(
      `${name} is ${inWords(known)}, and so is its token`,
      `give the token another name, or change the rights with "user change ${name}"`,
    );
  }
  const { token, kept } = makeToken();
  writeUsers(file, [...others, { name, scrypt: null, ...known, ...asked, token: kept }]);
  warn(`token of ${name}, ${inWords(asked)}; it is not shown again:`);
  say(token);
  return 0;
}

function dropToken(name: string, { dashboardUsers: file }: Config): 0 | 1 {
  const { known, others } = find(name, file);
  if (!known?.token) {
    warn(`${JSON.stringify(name)} has no token in ${file}`);
    return 1;
  }
  writeUsers(file, known.scrypt === null ? others : [...others, { ...known, token: null }]);
  say(`the token of ${name} works no longer`);
  return 0;
}

function remove(name: string, { dashboardUsers: file }: Config): 0 | 1 {
  const { known, others } = find(name, file);
  if (known === undefined) return unknown(name, file);
  writeUsers(file, others);
  say(`${name} may not log in any more`);
  if (others.length === 0) {
    warn('nobody is left, so the dashboard lets nobody in until there is a user again');
  } else if (others.every(({ scrypt }) => scrypt === null)) {
    warn('nobody has a password any more: people log in with the link of "dashboard-url"');
  }
  return 0;
}

function unknown(name: string, file: string): 1 {
  warn(`there is no user ${JSON.stringify(name)} in ${file}`);
  return 1;
}

/** Asks twice on a terminal, without echo, or reads the first line of stdin. Never an argument: other users can see those. */
async function readPassword(name: string, stopping: AbortSignal): Promise<string> {
  if (process.stdin.isTTY !== true) return (await text(process.stdin)).split(/\r?\n/, 1)[0] ?? '';
  const first = await ask(`Password for ${name}: `, stopping);
  const again = await ask('Once more: ', stopping);
  if (first === again) return first;
  throw new ErrorWithHint('the two passwords differ, so nothing was changed', 'try again');
}

async function ask(question: string, signal: AbortSignal): Promise<string> {
  process.stderr.write(question);
  // Without an output stream readline echoes nothing.
  const lines = createInterface({ input: process.stdin, terminal: true });
  lines.once('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  try {
    const [line] = await once(lines, 'line', { signal });
    return String(line);
  } finally {
    lines.close();
    warn('');
  }
}
