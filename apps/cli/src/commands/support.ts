import type { Command } from 'commander';
import { counted } from '../printable.ts';
import { runCommand } from '../run-command.ts';
import { say } from '../say.ts';
import { collect, writeArchive } from '../support-archive.ts';

/** Adds `support`, which writes what somebody who helps needs to see. */
export function addSupport(program: Command): void {
  program
    .command('support')
    .description('Write one archive for somebody who helps: settings, doctor, status, feeds, logs.')
    .option('--out <file>', 'its name (default: sluice-support-<time>.tar.gz, in this folder)')
    .addHelpText(
      'after',
      `
It holds neither passwords nor values of rows; it does hold names of hosts, users, folders and files, so look at it before you send it (tar -xzf). Only this user can read it. Logs are in it where LOG_DIR has some. What cannot be asked, such as a server that is away, is told in its place.

Exit codes: 0 written, 2 could not be written.

Examples:
  npm run sluice -- support
  npm run sluice -- support --out /tmp/for-the-vendor.tar.gz`,
    )
    .action(({ out }: { out?: string }) =>
      runCommand('support', async ({ config }) => {
        const time = new Date().toISOString().replace(/\.\d+/, '').replaceAll(':', '');
        const file = out ?? `sluice-support-${time}.tar.gz`;
        const parts = await collect(config);
        writeArchive(file, parts);
        for (const { name, text } of parts)
          say(`  ${name.padEnd(24)} ${counted(Buffer.byteLength(text), 'byte')}`);
        say(`Written: ${file}, which only this user can read`);
        return 0;
      }),
    );
}
