import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import {
  type Config,
  isUserName,
  makeUser,
  readUsers,
  USER_NAME_ALLOWED,
  USER_ROLES,
  type UserRole,
  writeUsers,
} from '@sluice/runtime';
import { type Command, Option } from 'commander';
import { CommandError } from '../explain.ts';
import { table } from '../printable.ts';
import { runCommand } from '../run-command.ts';

const SHORTEST = 8;

/** Adds `user`: who may log in to the dashboard. */
export function addUser(program: Command): void {
  const user = program
    .command('user')
    .description(
      'Who may log in to the dashboard: a file of names, roles and scrypt hashes (DASHBOARD_USERS).',
    )
    .addHelpText(
      'after',
      `
A viewer looks; an operator also retries, replays and pauses. A running dashboard takes a change in at once,
and ends the sessions of a user who is removed or has a new password.

Examples:
  npm run sluice -- user add ada --role operator            asks for the password
  echo "$PASSWORD" | npm run sluice -- user add eve --role viewer
  npm run sluice -- user list
  npm run sluice -- user remove eve`,
    );
  user
    .command('add')
    .argument('<name>', USER_NAME_ALLOWED)
    .description('Add a user, or give one a new password or role.')
    .addOption(new Option('--role <role>', 'what the user may do').choices(USER_ROLES).makeOptionMandatory())
    .action((name: string, { role }: { role: UserRole }) =>
      runCommand('user', async ({ config, stopping }) => await add(name, role, config, stopping)),
    );
  user
    .command('remove')
    .argument('<name>')
    .description('Remove a user.')
    .action((name: string) => runCommand('user', async ({ config }) => remove(name, config)));
  user
    .command('list')
    .description('List the users and their roles.')
    .option('--json', 'as JSON')
    .action(({ json }: { json?: true }) =>
      runCommand('user', async ({ config: { dashboardUsers: file } }) => {
        const users = readUsers(file).map(({ name, role }) => ({ name, role }));
        const lines =
          users.length === 0 ? [`no users in ${file}`] : table(users.map(({ name, role }) => [name, role]));
        process.stdout.write(`${json ? JSON.stringify(users, null, 2) : lines.join('\n')}\n`);
        return 0;
      }),
    );
}

async function add(name: string, role: UserRole, config: Config, stopping: AbortSignal): Promise<0> {
  const { dashboardUsers: file } = config;
  if (!isUserName(name)) {
    throw new CommandError(
      `${JSON.stringify(name)} cannot be the name of a user`,
      `use ${USER_NAME_ALLOWED}`,
    );
  }
  const others = readUsers(file).filter((user) => user.name !== name);
  const password = await readPassword(name, stopping);
  if (password.length < SHORTEST) {
    throw new CommandError(`the password is too short`, `use at least ${SHORTEST} characters`);
  }
  writeUsers(file, [...others, await makeUser(name, role, password)]);
  process.stdout.write(`${name} may log in as ${role} (${file})\n`);
  return 0;
}

function remove(name: string, { dashboardUsers: file }: Config): 0 | 1 {
  const users = readUsers(file);
  const left = users.filter((user) => user.name !== name);
  if (left.length === users.length) {
    process.stderr.write(`there is no user ${JSON.stringify(name)} in ${file}\n`);
    return 1;
  }
  writeUsers(file, left);
  process.stdout.write(`${name} may not log in any more\n`);
  return 0;
}

/** Asked twice on a terminal, where it is not shown; otherwise the first line of stdin. Never an argument: others see those. */
async function readPassword(name: string, stopping: AbortSignal): Promise<string> {
  if (process.stdin.isTTY !== true) return (await text(process.stdin)).split(/\r?\n/, 1)[0] ?? '';
  const first = await ask(`Password for ${name}: `, stopping);
  const again = await ask('Once more: ', stopping);
  if (first === again) return first;
  throw new CommandError('the two passwords differ, so nothing was changed', 'try again');
}

async function ask(question: string, signal: AbortSignal): Promise<string> {
  process.stderr.write(question);
  // Without an output nothing is echoed.
  const lines = createInterface({ input: process.stdin, terminal: true });
  lines.once('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  try {
    const [line] = await once(lines, 'line', { signal });
    return String(line);
  } finally {
    lines.close();
    process.stderr.write('\n');
  }
}
