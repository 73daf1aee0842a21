import { execFile, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../support/temp-folder.ts';

const run = promisify(execFile);
const repository = fileURLToPath(new URL('../..', import.meta.url));
const root = await temporaryFolder();
const [home, project] = [join(root, 'home'), join(root, 'project')];

/** As on a machine that has never seen this program. */
const { ONNXRUNTIME_NODE_INSTALL: _, FEWMASK_CACHE: __, FEWMASK_WORKERS: ___, ...inherited } = process.env;
const fresh = Object.fromEntries(Object.entries(inherited).filter(([name]) => !/^(npm_|XDG_)/i.test(name)));
const env = { ...fresh, HOME: home };
const inProject = (program: string, ...args: string[]) =>
  run(program, args, { cwd: project, env, timeout: 300_000 });

/** A way to the registry, as `npm ci` needs it, too. On a build server there has to be one. */
const reachable =
  process.env.CI === 'true' || spawnSync('npm', ['view', 'zod', 'version'], { timeout: 20_000 }).status === 0;

describe.runIf(reachable)(
  'the packed package in an empty project, with an empty home (skipped without a registry)',
  () => {
    beforeAll(async () => {
      for (const folder of [home, project]) await mkdir(folder);
      const { stdout } = await run('npm', ['pack', '--ignore-scripts', '--pack-destination', root], {
        cwd: repository,
      });
      await writeFile(join(project, 'package.json'), '{ "private": true }\n');
      // No scripts are switched off here: none may do harm.
      await inProject(
        'npm',
        'install',
        join(root, stdout.trim().split('\n').at(-1)!),
        '--no-audit',
        '--no-fund',
      );
    }, 300_000);

    test('brings neither the runtime nor anything for GPUs, and says nothing of scripts', async () => {
      expect(existsSync(join(project, 'node_modules', 'onnxruntime-node'))).toBe(false);
      const { size } = await stat(join(root, (await readdir(root)).find((name) => name.endsWith('.tgz'))!));
      expect(size).toBeLessThan(3_000_000);
    });

    test('its first computation fetches the runtime, which is told, and its next one does not', async () => {
      const first = await inProject('npx', 'fewmask', 'doctor');
      expect(first.stderr).toMatch(
        /^fetching ONNX Runtime \d+\.\d+\.\d+ for \S+ \S+ \(113\.5 MB\), once, from https?:\/\/\S+ to \S+$/m,
      );
      expect(first.stdout).toContain('nothing is wrong as far as this can see');
      const kept = await readdir(join(home, '.cache', 'fewmask'));
      expect(kept).toEqual([expect.stringMatching(/^onnxruntime-/)]);
      expect((await inProject('npx', 'fewmask', 'doctor')).stderr).toBe('');
    });

    test('trains from a module, predicts from CommonJS, and both processes end by themselves', async () => {
      await writeFile(
        join(project, 'train.mjs'),
        `import { synthesise, train } from 'fewmask';
await synthesise({ count: 12, labelled: 10, test: 2, size: 64 }, { out: 'data' });
const settings = { size: 32, batch: 2, epochs: 1, decoderChannels: [8, 8, 8, 8, 8], recipe: 'classic', threads: 1 };
const { kind, steps } = await train({ data: 'data', encoder: 'random:0', ...settings }, { out: 'run' });
console.log(kind, steps);\n`,
      );
      expect((await inProject('node', 'train.mjs')).stdout).toMatch(/^train \d+\n$/);
      await writeFile(
        join(project, 'predict.cjs'),
        `const { predict } = require('fewmask');
predict({ run: 'run', images: ['data/images'] }, { out: 'masks' }).then(({ predictions }) => console.log(predictions.length));\n`,
      );
      expect((await inProject('node', 'predict.cjs')).stdout).toBe('12\n');
    });

    test('a page that is taken away gets its runtime, fetched once', async () => {
      const exported = (...more: string[]) =>
        inProject('npx', 'fewmask', 'export', 'run', '--page', 'site', ...more);
      expect((await exported()).stderr).toMatch(
        /^fetching ONNX Runtime \S+ for pages \(33\.1 MB\), once, from /m,
      );
      const assets = await readdir(join(project, 'site', 'assets'));
      const runtime = assets.find((name) => name.endsWith('.wasm'))!;
      const bytes = await readFile(join(project, 'site', 'assets', runtime));
      expect([...bytes.subarray(0, 4)]).toEqual([0, ...Buffer.from('asm')]);
      expect(bytes.length).toBeGreaterThan(10_000_000);
      expect((await exported('--overwrite')).stderr).not.toContain('fetching');
    });

    test.each([
      ['node16', 'node16'],
      ['esnext', 'bundler'],
    ])('its types resolve with module %s and resolution %s', async (module, resolution) => {
      await writeFile(
        join(project, 'types.mts'),
        `import { train, type TrainSummary, UserError } from 'fewmask';
import { placeIn } from 'fewmask/browser';
import { openNetwork } from 'fewmask/web';
const summary: TrainSummary = await train({ data: 'x' }, { out: 'y' });
const steps: number = summary.steps;
// @ts-expect-error there is no such setting
train({ data: 'x', noSuch: 1 }, { out: 'y' });
console.log(steps, UserError, placeIn, openNetwork);\n`,
      );
      await inProject('npm', 'install', 'typescript@5', '@types/node@20', '--no-audit', '--no-fund');
      const flags = [
        '--module',
        module,
        '--moduleResolution',
        resolution,
        '--target',
        'es2022',
        '--types',
        'node',
      ];
      const { stdout } = await inProject('npx', 'tsc', '--noEmit', '--strict', ...flags, 'types.mts');
      expect(stdout).toBe('');
    });
  },
);
