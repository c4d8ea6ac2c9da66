import { version } from '@sluice/process';
import { Program } from '@sluice/process/program';
import { COMMANDS, overview } from './overview.ts';

const program = new Program('sluice').usage('<command> [options]').version(version).helpCommand(true);

// Importing all commands takes several times as long as importing one. The list and a misspelt name need their names only.
const [first, second] = process.argv.slice(2);
const name = first === 'help' ? second : first;
for (const [command, load] of Object.entries(COMMANDS)) {
  if (command === name) (await load())(program);
  else program.command(command);
}
await program.configureHelp(overview(program)).parseAsync();
