import { readFileSync } from 'node:fs';
import concurrently from 'concurrently';
import { Program } from '../libs/process/src/program.ts';

const program = new Program('procfile')
  .description(
    'Runs the processes of the Procfile until Ctrl-C, or until one of them ends: one of each, but no generator.',
  )
  .argument('[name=processes...]', 'how many of a name, such as worker=4')
  .usage('[name=processes...]       such as worker=4 generator=1')
  .addHelpText(
    'after',
    `
Examples:
  npm run procfile                             a watcher, a worker and a dashboard
  npm run procfile -- worker=4 generator=1     four workers, and the generator: it writes invented rows`,
  )
  .parse();

/** How many processes of a name run by default. The generator runs only on request, because it writes invented rows. */
const defaultCount = (name: string): number => (name === 'generator' ? 0 : 1);

const KILL_AFTER_MS = 30_000;

function fail(message: string): never {
  return program.error(`error: ${message}`);
}

function readProcfile(): Map<string, string> {
  const text = readFileSync(new URL('../Procfile', import.meta.url), 'utf8');
  const lines = text.split('\n').filter((line) => /^[^#\s]/.test(line));
  return new Map(
    lines.map((line) => {
      const [, name, command] = /^([\w-]+):\s*(\S.*)$/.exec(line) ?? [];
      if (name === undefined || command === undefined) {
        fail(`Procfile: got ${JSON.stringify(line)}; allowed: "<name>: <command>"`);
      }
      return [name, command];
    }),
  );
}

function readCounts(args: readonly string[], names: readonly string[]): Map<string, number> {
  return new Map(
    args.map((arg) => {
      const [, name = '', count = ''] = /^([\w-]+)=(\d{1,3})$/.exec(arg) ?? [];
      if (!names.includes(name)) {
        fail(
          `got ${JSON.stringify(arg)}; allowed: <name>=<0 to 999>, where the Procfile names ${names.join(', ')}`,
        );
      }
      return [name, Number(count)];
    }),
  );
}

const procfile = readProcfile();
const counts = readCounts(program.args, [...procfile.keys()]);
const commands = [...procfile].flatMap(([name, command]) =>
  Array.from({ length: counts.get(name) ?? defaultCount(name) }, (_, i) => ({
    name: `${name}.${i + 1}`,
    command,
  })),
);
if (commands.length === 0) fail('nothing to run: every count is 0');

let asked = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    asked = true;
  });
}

const { result } = concurrently(commands, {
  cwd: new URL('..', import.meta.url).pathname,
  prefix: 'name',
  padPrefix: true,
  killOthersOn: ['success', 'failure'],
  killTimeout: KILL_AFTER_MS,
});
const succeeded = await result.then(
  () => true,
  () => false,
);
// npm reports a signal that it has passed on as a failure, but a requested stop is not a failure.
process.exitCode = asked || succeeded ? 0 : 1;
