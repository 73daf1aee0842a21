import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RandomStream } from '../../src/core/random.ts';
import { drawOutlines, writePng } from '../../src/report/index.node.ts';

/** A made-up run: numbers that look like training, pictures of discs. */
export interface FakeRun {
  readonly kind: 'train' | 'pretrain';
  readonly arm: string;
  readonly seed: number;
  /** Test Dice is around this; the other numbers follow. */
  readonly level?: number;
  readonly epochs?: number;
  readonly stopAfter?: number;
  readonly stems?: readonly string[];
  /** Tells runs of one arm and seed apart. */
  readonly stream?: string;
  /** Default true. */
  readonly pictures?: boolean;
}

const stemsOf = (length: number) => Array.from({ length }, (_, i) => `image-${String(i).padStart(3, '0')}`);

export const fakeStems = stemsOf(40);
const environment = {
  fewmask: '0.1.0',
  node: 'v20.19.0',
  onnxruntime: '1.30.0',
  platform: 'linux x64',
  cpu: 'Some CPU at 2.6 GHz',
  cores: 2,
  threads: 2,
};

/** Writes a run folder as `fewmask train` or `fewmask pretrain` does. */
export async function fabricateRun(folder: string, run: FakeRun): Promise<void> {
  const { kind, arm, seed, epochs = 40, stopAfter = epochs, stems = fakeStems } = run;
  await mkdir(folder, { recursive: true });
  const text = (name: string, content: string) => writeFile(join(folder, name), content);
  await text(
    'config.yaml',
    `kind: ${kind}\ndata: data/discs\nencoder: mobilenetv2\ndecoder: unet\nsize: 128x128\nbatch: 16\nepochs: ${epochs}\nseed: ${seed}\nlabels: 88\n${kind === 'pretrain' ? `pretext: ${arm}\nsigma: 0.44\n` : `start: ${arm}\n`}optimizer: adam\nlr: 0.001\n`,
  );
  await text(
    'environment.json',
    JSON.stringify({ ...environment, command: `fewmask ${kind} --data data/discs --seed ${seed}` }),
  );
  const items = stems.map((stem, i) => ({
    stem,
    image: `${i}`.padStart(64, 'a1'),
    mask: `${i}`.padStart(64, 'b2'),
  }));
  await text(
    'splits.json',
    JSON.stringify({ train: items.slice(0, 20), validation: items.slice(20, 28), test: items.slice(28) }),
  );
  const rows = metricRows(run, stopAfter);
  await text('metrics.jsonl', rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  if (stopAfter < epochs) return;
  const last = rows.filter((row) => 'epoch' in row).at(-1)!;
  await text(
    'summary.json',
    JSON.stringify({
      ...last,
      kind,
      ...(kind === 'train' ? { masks: 28, stopped_early: false } : { method: 'autoencoder' }),
      steps: epochs * 5,
      epochs,
      images: 20,
      best_epoch: epochs - 3,
      interrupted: false,
      seconds: 312.4,
      waited_for_data: 0.2,
    }),
  );
  if (kind === 'train') await text('test.csv', csv(testRows(run)));
  if (run.pictures !== false) await fabricatePictures(folder, run);
}

/** A made-up study. */
export interface FakeStudy {
  readonly arms: Readonly<Record<string, { readonly level: number; readonly pretraining?: string }>>;
  readonly seeds: number;
  /** Default `88`. Fewer masks take something off every arm's level. */
  readonly labels?: string;
  readonly primary?: { readonly arm: string; readonly metric: string; readonly labels: string };
  /** Fine-tunings that have not ended; default none. */
  readonly open?: (run: { readonly arm: string; readonly seed: number }) => boolean;
  readonly epochs?: number;
  readonly images?: number;
  readonly pictures?: boolean;
}

interface FakeTraining extends FakeRun {
  readonly labels: string;
  readonly draw: number;
  readonly path: string;
}

/** Writes a study folder as `fewmask study` does. */
export async function fabricateStudy(folder: string, study: FakeStudy): Promise<void> {
  await mkdir(folder, { recursive: true });
  const text = (name: string, content: string) => writeFile(join(folder, name), content);
  const { arms, seeds, primary, labels = '88', pictures, open = () => false } = study;
  const named = Object.fromEntries(
    Object.entries(arms).map(([arm, { pretraining }]) => [arm, pretraining ? { pretraining } : {}]),
  );
  const settings = { arms: named, seeds, labels, size: '128x128', primary };
  await text('config.yaml', JSON.stringify(settings));
  await text(
    'environment.json',
    JSON.stringify({ ...environment, command: 'fewmask study --data data/discs' }),
  );
  const pretrainings = new Set(Object.values(arms).flatMap(({ pretraining }) => pretraining ?? []));
  for (const name of pretrainings) {
    for (let seed = 0; seed < seeds; seed++) {
      const run = { kind: 'pretrain', arm: name, seed, pictures, epochs: study.epochs } as const;
      await fabricateRun(join(folder, name, `seed-${seed}`, 'pretrain'), run);
    }
  }
  const trainings = trainingsOf(study).filter((run) => !open(run));
  for (const { path, ...run } of trainings) await fabricateRun(join(folder, path), run);
  const keys = ({ arm, seed, labels, draw }: FakeTraining) => ({ arm, seed, labels, draw });
  await text(
    'study.csv',
    csv(
      trainings.flatMap((run) =>
        testRows(run).map(({ stem, ...scores }) => ({ ...keys(run), image: stem, ...scores })),
      ),
    ),
  );
  await text('runs.csv', csv(trainings.map((run) => ({ ...keys(run), ...runNumbers(run) }))));
  await text(
    'epochs.csv',
    csv(trainings.flatMap((run) => epochRows(run).map((row) => ({ ...keys(run), ...row })))),
  );
  await text(
    'times.csv',
    csv([
      ...[...pretrainings].flatMap((arm) =>
        Array.from({ length: seeds }, (_, seed) => ({
          ...{ phase: 'pretrain', arm, seed, labels: '', draw: '', seconds: 40 },
        })),
      ),
      ...trainings.map((run) => ({ phase: 'train', ...keys(run), seconds: 20 })),
    ]),
  );
}

function trainingsOf({ arms, seeds, labels = '88', pictures, epochs, images }: FakeStudy): FakeTraining[] {
  const counts = labels.split(',').map((part) => part.split('x'));
  const single = counts.length === 1 && counts[0].length === 1;
  return Object.entries(arms).flatMap(([arm, { level }]) =>
    counts.flatMap(([count, draws = '1']) =>
      Array.from({ length: seeds * Number(draws) }, (_, i): FakeTraining => {
        const [seed, draw] = [Math.floor(i / Number(draws)), i % Number(draws)];
        const name = single ? 'train' : `train-${count}${draw > 0 ? `-${draw}` : ''}`;
        return {
          ...{ kind: 'train', arm, seed, labels: count, draw, pictures, epochs },
          level: level - (0.4 * (1 - Math.min(1, Number(count) / 88))) / 3,
          stream: single ? '' : `${count}-${draw}`,
          ...(images !== undefined && { stems: stemsOf(28 + images) }),
          path: join(arm, `seed-${seed}`, name),
        };
      }),
    ),
  );
}

function epochRows(run: FakeTraining) {
  return metricRows(run, run.epochs ?? 40).flatMap(({ epoch, train_loss, val_loss, val_dice }) =>
    epoch === undefined ? [] : [{ epoch, train_loss, val_loss, val_dice }],
  );
}

function runNumbers(run: FakeTraining) {
  const epochs = epochRows(run);
  const best = epochs.reduce((a, b) => (b.val_dice > a.val_dice ? b : a));
  const dice = testRows(run).map((row) => Number(row.dice));
  return {
    masks: Number(run.labels),
    steps: 5 * epochs.length,
    epochs: epochs.length,
    best_epoch: best.epoch,
    best_val_dice: best.val_dice,
    lowest_val_loss: Math.min(...epochs.map((row) => row.val_loss)),
    ...{ validated_on: 8, otsu: 0.3, mean_mask: '', nearest: '' },
    dice: dice.reduce((sum, value) => sum + value, 0) / dice.length,
  };
}

function metricRows(
  { kind, arm, seed, stream = '', level = 0.7 }: FakeRun,
  epochs: number,
): Record<string, number>[] {
  const random = new RandomStream('metrics', kind, arm, seed, stream);
  const rows: Record<string, number>[] = [];
  for (let epoch = 1; epoch <= epochs; epoch++) {
    const loss = (1 - level) * 1.5 + 0.9 * Math.exp(-epoch / 8) + 0.01 * random.normal();
    const scale = kind === 'train' ? 1 : 0.15;
    for (let i = 1; i <= 5; i++) {
      const step = 5 * (epoch - 1) + i;
      rows.push({
        step,
        train_loss: scale * loss * (1 + 0.05 * random.normal()),
        lr: 0.001 * (1 - step / (5 * epochs + 1)),
        gradient_norm: 0.5 + random.uniform(),
      });
    }
    const mse = 0.002 + 0.1 * Math.exp(-epoch / 5) + 0.0003 * random.uniform();
    const dice = Math.min(0.98, Math.max(0.01, level * (1 - Math.exp(-epoch / 7)) + 0.02 * random.normal()));
    rows.push(
      kind === 'train'
        ? {
            epoch,
            train_loss: loss,
            val_loss: loss * 1.2 + 0.002 * epoch,
            val_dice: dice,
            val_iou: dice / (2 - dice),
            seconds: 7.8,
          }
        : { epoch, train_loss: mse * 0.9, val_mse: mse, val_psnr: -10 * Math.log10(mse / 4), seconds: 11.2 },
    );
  }
  return rows;
}

/** The rows of `test.csv`. */
export function testRows({
  arm,
  seed,
  stream = '',
  level = 0.7,
  stems = fakeStems,
}: FakeRun): ({ stem: string } & Record<string, string | number>)[] {
  const random = new RandomStream('test', seed, stream);
  const ownRandom = new RandomStream('test', arm, seed, stream);
  return stems.slice(28).map((stem) => {
    const dice = Math.min(0.99, Math.max(0, level + 0.18 * random.normal() + 0.02 * ownRandom.normal()));
    const scores = (value: number) => [
      value,
      value / (2 - value),
      Math.min(1, value + 0.03),
      Math.max(0, value - 0.03),
    ];
    const names = ['dice', 'iou', 'precision', 'recall'];
    return {
      stem,
      ...Object.fromEntries(scores(dice * 0.98).map((value, i) => [names[i], value])),
      ...{ nsd: dice ** 2, hd95: 200 * (1 - dice), brier: (1 - dice) / 4, ece: (1 - dice) / 8 },
      ...Object.fromEntries(scores(dice).map((value, i) => [`net_${names[i]}`, value])),
    };
  });
}

function csv(rows: readonly Record<string, string | number>[]): string {
  const names = Object.keys(rows[0]);
  const field = (value: string | number) =>
    /[",\n]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : value;
  return [names.join(','), ...rows.map((row) => names.map((name) => field(row[name])).join(','))]
    .map((line) => `${line}\n`)
    .join('');
}

async function fabricatePictures(
  folder: string,
  { kind, arm, seed, stems = fakeStems }: FakeRun,
): Promise<void> {
  const rows: Record<string, string | number>[] = [];
  const png = (name: string, data: Uint8Array, width: number, height: number) =>
    writePng(join(folder, 'images', name), { width, height, channels: 3, data });
  for (let i = 0; i < (kind === 'pretrain' ? 3 : 6); i++) {
    const stem = stems[i];
    if (kind === 'pretrain') {
      const clean = disc(128, 128, i, seed, 0);
      await png(`${i}-input.png`, arm === 'denoise' ? disc(128, 128, i, seed, 50) : clean, 128, 128);
      await png(`${i}-target.png`, clean, 128, 128);
      await png(`${i}-output.png`, disc(128, 128, i, seed, 6), 128, 128);
      rows.push({
        stem,
        input: `${i}-input.png`,
        target: `${i}-target.png`,
        output: `${i}-output.png`,
        psnr: 31.2 + i,
      });
    } else {
      const rank = ['best', 'median', 'worst'][Math.floor(i / 2)];
      const [width, height] = [200, 160];
      const drawn = drawOutlines(
        disc(width, height, i, seed, 8),
        width,
        height,
        inDisc(width, height, i, 0),
        inDisc(width, height, i, 10 * i),
      );
      await png(`${rank}-${i % 2}.png`, drawn, width, height);
      rows.push({ stem, rank, dice: 0.97 - 0.15 * i, picture: `${rank}-${i % 2}.png` });
    }
  }
  const index = { kind: kind === 'pretrain' ? 'reconstruction' : 'prediction', rows };
  await writeFile(join(folder, 'images', 'index.json'), JSON.stringify(index));
}

function inDisc(width: number, height: number, i: number, shift: number): Uint8Array {
  const mask = new Uint8Array(width * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const distance = Math.hypot(x - width * (0.4 + 0.04 * i) - shift, y - height * 0.5);
      mask[y * width + x] = distance < height * (0.2 + 0.02 * i) ? 1 : 0;
    }
  return mask;
}

function disc(width: number, height: number, i: number, seed: number, noise: number): Uint8Array {
  const random = new RandomStream('picture', i, seed);
  const mask = inDisc(width, height, i, 0);
  const rgb = new Uint8Array(width * height * 3);
  mask.forEach((inside, pixel) => {
    const base = inside ? [210, 120, 110] : [150, 70 + (40 * (pixel % width)) / width, 60];
    for (let c = 0; c < 3; c++) {
      const value = base[c] + (noise > 0 ? noise * random.normal() : 0);
      rgb[3 * pixel + c] = Math.max(0, Math.min(255, value));
    }
  });
  return rgb;
}
