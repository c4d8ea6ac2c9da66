import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

// Runs the tests of a source against OpenSSH: npm run test:sftp. Without its server they are SKIPPED and never passed.

const SSHD = process.env.SSHD ?? '/usr/sbin/sshd';

if (!existsSync(SSHD)) {
  process.stdout.write(
    `OpenSSH: SKIPPED, there is no ${SSHD} (apt install openssh-server; or name another in SSHD)\n`,
  );
} else {
  const { status } = spawnSync('npx', ['vitest', 'run', '--config', 'infra/vitest.sftp.config.ts'], {
    stdio: 'inherit',
    env: { ...process.env, SSHD },
  });
  process.stdout.write(`\nOpenSSH: ${status === 0 ? 'passed' : 'FAILED'}\n`);
  if (status !== 0) process.exitCode = 1;
}
