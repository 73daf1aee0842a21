// `node scripts/node-versions.mjs [arguments of vitest]`: the tests with each version of Node.js that is supported; npm's package `node`
// brings them. `npm test` runs them with the one at hand.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from './setup.mjs';

const VERSIONS = ['20', '22', '24'];

const repository = fileURLToPath(new URL('..', import.meta.url));
run('npm', ['run', '-s', 'build']);
const failed = VERSIONS.filter((version) => !passes(version));
console.log(
  failed.length === 0 ? `all pass with Node.js ${VERSIONS.join(', ')}` : `failed with ${failed.join(', ')}`,
);
process.exitCode = failed.length === 0 ? 0 : 1;

function passes(version) {
  const folder = mkdtempSync(join(tmpdir(), 'fewmask-node-'));
  try {
    const install = [
      'install',
      `node@${version}`,
      '--prefix',
      folder,
      '--no-audit',
      '--no-fund',
      '--ignore-scripts=false',
    ];
    spawnSync('npm', install, { stdio: 'inherit', cwd: folder });
    const node = join(folder, 'node_modules', 'node', 'bin', 'node');
    const env = {
      ...process.env,
      FEWMASK_WORKERS: 'built',
      PATH: `${join(folder, 'node_modules', 'node', 'bin')}${delimiter}${process.env.PATH}`,
    };
    console.log(`Node.js ${spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout?.trim()}`);
    const vitest = join(repository, 'node_modules', 'vitest', 'vitest.mjs');
    const { status } = spawnSync(node, [vitest, 'run', ...process.argv.slice(2)], {
      stdio: 'inherit',
      cwd: repository,
      env,
    });
    return status === 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
