import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// Waits until this process is gone: its end of the pipe closes however it ended. Then kills every process whose working
// directory is in the folder, which is where servers run, and removes the folder.
const CLEAN_UP = `
  cat > /dev/null
  for process in /proc/[0-9]*; do
    case "$(readlink "$process/cwd" 2> /dev/null)" in "$1"/*) kill -9 "\${process#/proc/}";; esac
  done
  rm -rf "$1" || { sleep 1; rm -rf "$1"; }
`;

let root: string | undefined;

/** This process's folder for everything temporary, with a guard process that outlives it and removes the folder. */
function guardedRoot(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'sluice-test-')));
  // The account that runs PostgreSQL must be able to pass through. Names and secrets below stay hidden.
  chmodSync(folder, 0o711);
  const guard = spawn('sh', ['-c', CLEAN_UP, 'sh', folder], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.unref();
  if ('unref' in guard.stdin && typeof guard.stdin.unref === 'function') guard.stdin.unref();
  return folder;
}

/**
 * A new empty folder. When this process ends, in any way, the servers still running in the folder are killed and the
 * folder is removed.
 */
export function tempFolder(): string {
  root ??= guardedRoot();
  const folder = mkdtempSync(join(root, 'f-'));
  chmodSync(folder, 0o711);
  return folder;
}
