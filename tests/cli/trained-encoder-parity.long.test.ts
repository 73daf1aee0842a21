import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fewmask } from '../support/cli.ts';
import { readNpy } from '../support/read-npy.ts';
import { readMetrics, readWeights } from '../support/read-run.ts';
import { describeWithShared, largestDifference, readTensors, shared } from '../support/shared.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

interface Expected {
  readonly losses: readonly number[];
  /** Norm of final minus initial. */
  readonly encoder_change: Readonly<Record<string, number>>;
}

interface Bounds {
  readonly losses: number;
  readonly encoder: number;
  readonly decoder: number;
  /** Relative, of how far a tensor of the encoder has moved. */
  readonly change: number;
  readonly probabilities: number;
}

/**
 * Blocked kernels are nearer to float64 than PyTorch's own float32 in each layer of this step (root mean square of the logits
 * 6.8e-7 against 1.04e-6), but other values near 0 come to lie on the other side of a ReLU: hence their bounds for sgd, whose
 * reference has none that do.
 */
const CASES: readonly [string, 'auto' | 'plain', readonly string[], Bounds][] = [
  [
    'sgd',
    'plain',
    ['--momentum', '0.9', '--lr', '0.05'],
    { losses: 1e-4, encoder: 3e-5, decoder: 1e-3, change: 0.02, probabilities: 6e-3 },
  ],
  [
    'sgd',
    'auto',
    ['--momentum', '0.9', '--lr', '0.05'],
    { losses: 2e-4, encoder: 3e-5, decoder: 2e-3, change: 0.02, probabilities: 6e-3 },
  ],
  ...(['plain', 'auto'] as const).map((kernels) => {
    const settings = ['--weight-decay', '0.01', '--lr', '1e-3'];
    // Adam's first steps are as long for a small gradient as for a large one, so single weights scatter.
    const bounds = { losses: 5e-4, encoder: 2e-3, decoder: 0.5, change: 0.05, probabilities: 6e-3 };
    return ['adamw', kernels, settings, bounds] as [string, typeof kernels, string[], Bounds];
  }),
];

describeWithShared('a trained encoder against PyTorch', async () => {
  const root = await temporaryFolder();
  const file = (name: string) => join(shared.trainedEncoder, name);

  describe.each(CASES)('%s, %s kernels', (optimizer, kernels, settings, bounds) => {
    const run = join(root, `${optimizer}-${kernels}`);
    const { losses, encoder_change: changes } = JSON.parse(
      readFileSync(file(`expected-${optimizer}.json`), 'utf8'),
    ) as Expected;

    test('six steps: losses', async () => {
      const { code, stderr } = await fewmask([
        ...['train', '--recipe', 'classic', '--data', file('data'), '--encoder', shared.encoder],
        ...['--init', file('init.safetensors')],
        ...[
          '--train-encoder',
          '--encoder-lr',
          '0.1',
          '--decoder',
          'unet',
          '--decoder-channels',
          '32,16,16,8,8',
        ],
        ...['--size', '64x64', '--batch', '4', '--max-steps', '6', '--no-augment', '--no-shuffle'],
        ...['--no-validation', '--loss', 'bce', '--optimizer', optimizer, ...settings],
        ...['--schedule', 'constant', '--kernels', kernels, '--no-pictures', '--out', run],
      ]);
      expect(code, stderr).toBe(0);
      const { steps } = await readMetrics(run);
      const found = steps.map((row) => row.train_loss);
      expect(largestDifference(found, losses)).toBeLessThan(bounds.losses);
    });

    test('weights, and how far those of the encoder have moved', async () => {
      const { tensors } = await readWeights(run, 'last');
      for (const [name, { data }] of readTensors(file(`expected-${optimizer}.safetensors`))) {
        const bound = name.startsWith('encoder.') ? bounds.encoder : bounds.decoder;
        expect(largestDifference(tensors.get(name)!.data, data), name).toBeLessThan(bound);
      }
      const before = readTensors(shared.encoder);
      const norms = Object.entries(changes).filter(([, norm]) => norm >= 1e-4);
      expect(norms.length).toBeGreaterThan(20);
      for (const [name, norm] of norms) {
        const [then, now] = [before.get(name.slice('encoder.'.length))!, tensors.get(name)!];
        const squares = Array.from(now.data, (value, i) => (value - then.data[i]) ** 2);
        const moved = Math.sqrt(squares.reduce((sum, square) => sum + square, 0));
        expect(Math.abs(moved / norm - 1), name).toBeLessThan(bounds.change);
      }
    });

    test('probabilities of the last weights', async () => {
      const images = (await readdir(file('data/images'))).map((name) => file(`data/images/${name}`));
      const out = join(root, `${optimizer}-${kernels}-predicted`);
      const { code, stderr } = await fewmask([
        ...['predict', run, ...images, '--weights', 'last', '--format', 'npy', '--out', out],
      ]);
      expect(code, stderr).toBe(0);
      const expected = readTensors(file(`probabilities-${optimizer}.safetensors`));
      for (const [stem, { data }] of expected) {
        const found = readNpy(await readFile(join(out, `${basename(stem)}.npy`)));
        expect(largestDifference(found.data, data), stem).toBeLessThan(bounds.probabilities);
      }
    });
  });
});
