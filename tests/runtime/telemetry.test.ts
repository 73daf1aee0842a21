import { spawnSync } from 'node:child_process';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../support/temp-folder.ts';

const root = await temporaryFolder();
const source = (path: string) => new URL(`../../src/runtime/${path}`, import.meta.url).href;
const tsx = import.meta.resolve('tsx/esm/api');

test('the runtime reports nothing: it leaves no log and no queue of reports behind', async () => {
  const [home, temporary] = [join(root, 'home'), join(root, 'tmp')];
  for (const folder of [home, temporary]) await mkdir(folder);
  const script = join(root, 'compute.mjs');
  await writeFile(
    script,
    `import { register } from ${JSON.stringify(tsx)};
register();
const { Engine } = await import(${JSON.stringify(source('engine.node.ts'))});
const engine = new Engine({ threads: 1 });
await engine.blockSize();
await engine.close();
console.log(process.env.ORT_DISABLE_TELEMETRY);
`,
  );
  // It is silent by itself where tests run.
  const { CI: _, ORT_DISABLE_TELEMETRY: __, ORT_RUNNING_UNIT_TESTS: ___, ...env } = process.env;
  const { stdout, stderr } = spawnSync(process.execPath, [script], {
    encoding: 'utf8',
    env: { ...env, HOME: home, XDG_CACHE_HOME: join(home, 'cache'), TMPDIR: temporary },
  });
  expect(stderr).toBe('');
  expect(await readdir(home, { recursive: true })).toEqual([]);
  expect((await readdir(temporary)).filter((name) => !name.startsWith('tsx-'))).toEqual([]);
  expect(stdout).toBe('1\n');
}, 60_000);

/** What `disableTelemetry` says in a thread whose environment is a copy of this. */
async function toldIn(env: NodeJS.ProcessEnv): Promise<unknown> {
  const code = `import { parentPort } from 'node:worker_threads';
import { register } from ${JSON.stringify(tsx)};
register();
const { disableTelemetry } = await import(${JSON.stringify(source('telemetry.node.ts'))});
parentPort.postMessage([disableTelemetry(), disableTelemetry()]);
`;
  const file = join(root, 'worker.mjs');
  await writeFile(file, code);
  const worker = new Worker(pathToFileURL(file), { env });
  return new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
}

test('in a worker thread of the user’s it cannot be kept from it, and says so once', async () => {
  const { ORT_DISABLE_TELEMETRY: _, ...env } = process.env;
  expect(await toldIn(env)).toEqual([
    expect.stringContaining("set process.env.ORT_DISABLE_TELEMETRY = '1' in the main thread"),
    undefined,
  ]);
  expect(await toldIn({ ...env, ORT_DISABLE_TELEMETRY: '1' })).toEqual([undefined, undefined]);
});
