import { UserError } from '../../core/errors.ts';
import { type Listener, warn } from '../../core/events.ts';
import type { Size } from '../../core/size.ts';
import { type FolderOptions, readSamples, type Sample } from '../../data/folders/folder.node.ts';
import { readPlainImages } from '../../data/folders/plain-images.node.ts';
import { imageRequest } from '../../data/loading/batch.ts';
import { imageOf } from '../../data/pretexts/index.ts';
import { Ensemble } from '../../eval/ensemble.node.ts';
import { clippedMse, psnr } from '../../eval/reconstruction.ts';
import { RUN } from '../../records/entries.ts';
import { expectEntry, pictureIn, readEntry, writeEntry } from '../../records/entry.node.ts';
import type { PredictionRow, ReconstructionRow, RunPictures } from '../../records/run-records.ts';
import { type OpenedRun, openRun } from '../../runs/open-run.node.ts';
import { cropPlanOf } from '../../settings/crop.ts';
import { labellingOf } from '../../settings/masks.ts';
import { pretextOf } from '../../settings/meaning.ts';
import { readingOf } from '../../settings/pixels.ts';
import { Images } from '../../train/images.node.ts';
import { bytesOfPlanes, writePng } from '../pictures.node.ts';
import { shownTogether, unchanged } from './truth-and-prediction.node.ts';

const RECONSTRUCTIONS = 6;
const EACH_RANK = 3;

/**
 * Makes the pictures of a finished run again from its weights and its data, into `images/`: for an autoencoder input,
 * target and reconstruction of the first validation images (where noise is asked for, the images without it); for a segmentation the best, median and worst test images
 * by Dice at native size, with outlines of truth and prediction. Images whose files are no longer what the run used are left out, with a warning.
 */
export async function writeExamples(folder: string, listener: Listener = {}): Promise<void> {
  const run = await openRun(folder);
  // As the run was tested.
  const views = run.config.kind === 'train' ? run.config.views : 1;
  const ensemble = await Ensemble.open([run.network], { batch: 1, threads: run.config.threads, views });
  const changed = new Set<string>();
  try {
    const pictures: RunPictures =
      run.config.kind === 'pretrain'
        ? { kind: 'reconstruction', rows: await reconstructions(run, ensemble, changed) }
        : { kind: 'prediction', rows: await predictions(run, ensemble, changed) };
    if (pictures.rows.length > 0) await writeEntry(folder, RUN.pictures, pictures);
  } finally {
    await ensemble.close();
  }
  if (changed.size === 0) return;
  const named = [...changed].sort().join(', ');
  warn(listener, `no pictures of ${named}: the files are gone, or are not what the run used`);
}

/** @param changed takes the stems of images whose files are no longer what the run used */
async function reconstructions(
  { path, config, network }: OpenedRun,
  ensemble: Ensemble,
  changed: Set<string>,
): Promise<ReconstructionRow[]> {
  if (config.kind !== 'pretrain') return [];
  const splits = await expectEntry(path, RUN.splits);
  const shown = splits.validation.length > 0 ? splits.validation : splits.train;
  const chosen = shown.slice(0, RECONSTRUCTIONS);
  const { size } = network;
  const found = await samplesByStem(size, config, config.plain);
  const samples = chosen.flatMap(({ stem }) => found.get(stem) ?? []);
  const images = await Images.open(samples, undefined, {
    ...{ size, reading: readingOf(config), crop: cropPlanOf(config), fit: config.fit },
    ...{ workers: 1, memoryBytes: config.memory },
  });
  const pretext = pretextOf(config);
  const rows: ReconstructionRow[] = [];
  try {
    const loaded = images.part(samples);
    for (const [i, entry] of chosen.entries()) {
      const { stem } = entry;
      const at = loaded.entries.findIndex((now) => now.stem === stem && now.image === entry.image);
      if (at < 0) {
        changed.add(stem);
        continue;
      }
      const { input, target, weight } = await loaded.batch({ ...imageRequest([at]), pretext });
      const wanted = imageOf(pretext, input, target!);
      const painted = imageOf(pretext, input, (await ensemble.run([input]))[0]);
      const output = weight ? composed(painted, wanted, weight) : painted;
      const names = { input: `${i}-input.png`, target: `${i}-target.png`, output: `${i}-output.png` };
      for (const [name, planes] of [
        [names.input, input],
        [names.target, wanted],
        [names.output, output],
      ] as const) {
        await writePng(pictureIn(path, name), { ...size, channels: 3, data: bytesOfPlanes(planes, 3) });
      }
      rows.push({ stem, ...names, psnr: psnr(clippedMse(output, wanted)) });
    }
  } finally {
    await images.close();
  }
  return rows;
}

/** The output at pixels that count in the loss, and the target elsewhere. */
function composed(painted: Float32Array, target: Float32Array, weight: Float32Array): Float32Array {
  return painted.map((value, i) => (weight[i % weight.length] > 0 ? value : target[i]));
}

/** @param changed takes the stems of images whose files are no longer what the run used */
async function predictions(
  { path, config, network }: OpenedRun,
  ensemble: Ensemble,
  changed: Set<string>,
): Promise<PredictionRow[]> {
  if (config.kind !== 'train') return [];
  const labelling = labellingOf(config);
  const scored = (await testScores(path)).sort((a, b) => b.dice - a.dice);
  const middle = Math.max(0, Math.floor((scored.length - EACH_RANK) / 2));
  const ranks = {
    best: scored.slice(0, EACH_RANK),
    median: scored.slice(middle, middle + EACH_RANK),
    worst: scored.slice(-EACH_RANK).reverse(),
  };
  if (scored.length === 0) return [];
  const used = new Map((await expectEntry(path, RUN.splits)).test.map((entry) => [entry.stem, entry]));
  const found = await samplesByStem(network.size, config);
  const rows: PredictionRow[] = [];
  for (const [rank, members] of Object.entries(ranks)) {
    for (const [i, { stem, dice }] of members.entries()) {
      const files = await unchanged(found.get(stem), used.get(stem), labelling);
      if (!files) {
        changed.add(stem);
        continue;
      }
      const picture = `${rank}-${i}.png`;
      const [crop, fit, reading] = [cropPlanOf(config), config.fit, readingOf(config)];
      const drawn = await shownTogether(files, ensemble, {
        ...{ size: network.size, labelling, crop, fit, reading },
      });
      await writePng(pictureIn(path, picture), drawn);
      rows.push({ stem, rank, dice, picture });
    }
  }
  return rows;
}

async function testScores(path: string): Promise<{ stem: string; dice: number }[]> {
  const rows = (await readEntry(path, RUN.test)) ?? [];
  return rows.map(({ stem, dice }) => ({ stem, dice: Number(dice) }));
}

/** The images that are now in the run's data folder and folder of plain images; none of one that cannot be read. */
async function samplesByStem(
  size: Size,
  config: FolderOptions & { readonly data?: string },
  plain?: string,
): Promise<ReadonlyMap<string, Sample>> {
  const none = (error: unknown): readonly Sample[] => {
    if (error instanceof UserError) return [];
    throw error;
  };
  const [unmasked, masked] = await Promise.all([
    plain ? readPlainImages(plain, { ...size, pages: config.pages }).catch(none) : [],
    config.data ? readSamples(config.data, config).catch(none) : [],
  ]);
  return new Map([...unmasked, ...masked].map((sample) => [sample.stem, sample]));
}
