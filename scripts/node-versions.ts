// The tests with each version of Node.js that is supported; `npm test` runs them with the one at hand.
//
//   npm run -s build && npx tsx scripts/node-versions.ts [arguments of vitest]
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { NODE_VERSIONS, nodeBinary } from './evidence/support/node-binary.ts';
import { root } from './evidence/support/program.ts';

const failed = NODE_VERSIONS.filter((version) => !passes(version));
console.log(
  failed.length === 0
    ? `all pass with Node.js ${NODE_VERSIONS.join(', ')}`
    : `failed with ${failed.join(', ')}`,
);
process.exitCode = failed.length === 0 ? 0 : 1;

function passes(version: string): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'fewmask-node-'));
  try {
    const node = nodeBinary(version, folder);
    const env = {
      ...process.env,
      FEWMASK_WORKERS: 'built',
      PATH: `${dirname(node)}${delimiter}${process.env.PATH}`,
    };
    console.log(`Node.js ${spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout?.trim()}`);
    const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
    const { status } = spawnSync(node, [vitest, 'run', ...process.argv.slice(2)], {
      stdio: 'inherit',
      cwd: root,
      env,
    });
    return status === 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
