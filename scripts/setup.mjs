// Makes a fresh clone ready: installs the locked dependencies if they are not there or are out of date.
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

// Ctrl-C goes to the command that runs, too; what it still has to save and to say is waited for.
process.on('SIGINT', () => {});

/** Runs a command in the project's folder, its output shown; ends this process with its status if it fails. */
export function run(command, args) {
  const done = spawnSync(command, args, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' });
  if (done.status !== 0) process.exit(done.status ?? 1);
}

/** Installs what package-lock.json names, without building. */
export function installDependencies() {
  const stamp = `${root}node_modules/.package-lock.json`;
  const current =
    existsSync(stamp) && statSync(stamp).mtimeMs >= statSync(`${root}package-lock.json`).mtimeMs;
  if (!current) run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund']);
}
