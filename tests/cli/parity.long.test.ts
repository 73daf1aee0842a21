import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fewmask } from '../support/cli.ts';
import { readNpy } from '../support/read-npy.ts';
import { readMetrics, readWeights } from '../support/read-run.ts';
import { describeWithShared, largestDifference, readTensors, shared } from '../support/shared.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

describeWithShared('the command line against PyTorch', async () => {
  const root = await temporaryFolder();
  const file = (name: string) => join(shared.parity, name);

  describe.each([
    ['sgd', ['--momentum', '0.9', '--lr', '0.05'], 1e-5, 1e-4],
    ['adam', ['--lr', '1e-3'], 1e-4, 5e-3],
  ] as const)('%s', (optimizer, settings, lossBound, probabilityBound) => {
    const run = join(root, optimizer);

    test('six steps', async () => {
      const { code, stderr } = await fewmask([
        ...['train', '--recipe', 'classic', '--data', file('data'), '--encoder', shared.encoder],
        ...['--init', file('init.safetensors')],
        ...['--decoder', 'unet', '--decoder-channels', '32,16,16,8,8', '--size', '64x64', '--batch', '4'],
        ...['--max-steps', '6', '--no-augment', '--no-shuffle', '--no-validation', '--loss', 'bce'],
        ...['--optimizer', optimizer, ...settings, '--schedule', 'constant', '--no-pictures', '--out', run],
      ]);
      expect(code, stderr).toBe(0);
      const { losses } = JSON.parse(readFileSync(file(`expected-${optimizer}.json`), 'utf8')) as {
        losses: number[];
      };
      const { steps } = await readMetrics(run);
      expect(
        largestDifference(
          steps.map((row) => row.train_loss),
          losses,
        ),
      ).toBeLessThan(lossBound);
    });

    test('probabilities of the last weights', async () => {
      const images = (await readdir(file('data/images'))).map((name) => file(`data/images/${name}`));
      const out = join(root, `${optimizer}-predicted`);
      const { code, stderr } = await fewmask([
        ...['predict', run, ...images, '--weights', 'last', '--format', 'npy', '--out', out],
      ]);
      expect(code, stderr).toBe(0);
      const expected = readTensors(file(`probabilities-${optimizer}.safetensors`));
      expect(await readdir(out)).toHaveLength(expected.size);
      for (const [stem, { data }] of expected) {
        const found = readNpy(await readFile(join(out, `${basename(stem)}.npy`)));
        expect(found.shape, stem).toEqual([1, 64, 64]);
        expect(largestDifference(found.data, data), stem).toBeLessThan(probabilityBound);
      }
    });
  });

  test('the weights after six steps of sgd', async () => {
    const { tensors } = await readWeights(join(root, 'sgd'), 'last');
    for (const [name, { data }] of readTensors(file('expected-sgd.safetensors'))) {
      expect(largestDifference(tensors.get(name)!.data, data), name).toBeLessThan(1e-4);
    }
  });
});
