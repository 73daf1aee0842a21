import { join } from 'node:path';
import { parseCsv } from '../../core/csv.ts';
import { UserError } from '../../core/errors.ts';
import { writeWhole } from '../../core/files.node.ts';
import type { Size } from '../../core/size.ts';
import { decodeImageTo, decodeMask } from '../../data/decode/decode.node.ts';
import { resizeBilinear, resizePlane } from '../../data/decode/resize.ts';
import { readDataFolder, type Sample } from '../../data/folders/folder.node.ts';
import { readPlainImages } from '../../data/folders/plain-images.node.ts';
import { imageRequest, toPlanes } from '../../data/loading/batch.ts';
import { imageOf } from '../../data/pretexts/index.ts';
import { THRESHOLD } from '../../eval/overlap.ts';
import { Predictor } from '../../eval/predictor.node.ts';
import { clippedMse, psnr } from '../../eval/reconstruction.ts';
import { RUN } from '../../records/entries.ts';
import { expectEntry } from '../../records/entry.node.ts';
import { type OpenedRun, openRun } from '../../runs/open-run.node.ts';
import { pretextOf } from '../../settings/meaning.ts';
import { Images } from '../../train/images.node.ts';
import { readIfThere } from '../files.node.ts';
import { drawOutlines } from '../page/outline.ts';
import { bytesOfPlanes, writePng } from '../pictures.node.ts';

/** Pictures of a kind, as `images/index.json` lists them. */
interface Example {
  readonly stem: string;
  readonly [key: string]: string | number;
}

const RECONSTRUCTIONS = 6;
const EACH_RANK = 3;
const LONGEST_SIDE = 480;

/**
 * Makes the pictures of a finished run again from its weights and its data, into `images/`: for an autoencoder input,
 * target and reconstruction of the first validation images (where noise is asked for, the images without it); for a segmentation the best, median and worst test images
 * by Dice at native size, with outlines of truth and prediction.
 */
export async function writeExamples(folder: string): Promise<void> {
  const run = await openRun(folder);
  const predictor = await Predictor.open(run.network, { batch: 1, threads: run.config.threads });
  try {
    const rows =
      run.config.kind === 'pretrain'
        ? await reconstructions(run, predictor)
        : await predictions(run, predictor);
    if (rows.length === 0) return;
    const kind = run.config.kind === 'pretrain' ? 'reconstruction' : 'prediction';
    await writeWhole(join(folder, 'images', 'index.json'), `${JSON.stringify({ kind, rows }, null, 2)}\n`);
  } finally {
    await predictor.close();
  }
}

async function reconstructions(
  { path, config, network }: OpenedRun,
  predictor: Predictor,
): Promise<Example[]> {
  if (config.kind !== 'pretrain') return [];
  const splits = await expectEntry(path, RUN.splits);
  const shown = splits.validation.length > 0 ? splits.validation : splits.train;
  const chosen = shown.slice(0, RECONSTRUCTIONS).map(({ stem }) => stem);
  const known = await samplesByStem(network.size, config.data, config.plain);
  const samples = chosen.map((stem) => find(known, stem));
  const { size } = network;
  const images = await Images.open(samples, false, { size, workers: 1, memoryBytes: config.memory });
  const pretext = pretextOf(config);
  const rows: Example[] = [];
  try {
    for (const [i, { stem }] of samples.entries()) {
      const batch = await images.part(samples).batch({ ...imageRequest([i]), pretext });
      const { input, weight } = batch;
      const target = imageOf(pretext, input, batch.target!);
      const painted = imageOf(pretext, input, (await predictor.run(input))[0]);
      const output = weight ? composed(painted, target, weight) : painted;
      const names = { input: `${i}-input.png`, target: `${i}-target.png`, output: `${i}-output.png` };
      for (const [name, planes] of [
        [names.input, input],
        [names.target, target],
        [names.output, output],
      ] as const) {
        await writePng(join(path, 'images', name), { ...size, channels: 3, data: bytesOfPlanes(planes, 3) });
      }
      rows.push({ stem, ...names, psnr: psnr(clippedMse(output, target)) });
    }
  } finally {
    await images.close();
  }
  return rows;
}

/** What was painted where it counts, and elsewhere the target: there nothing was asked of the network. */
function composed(painted: Float32Array, target: Float32Array, weight: Float32Array): Float32Array {
  return painted.map((value, i) => (weight[i % weight.length] > 0 ? value : target[i]));
}

async function predictions({ path, config, network }: OpenedRun, predictor: Predictor): Promise<Example[]> {
  const scored = (await testScores(path)).sort((a, b) => b.dice - a.dice);
  const middle = Math.max(0, Math.floor((scored.length - EACH_RANK) / 2));
  const ranks = {
    best: scored.slice(0, EACH_RANK),
    median: scored.slice(middle, middle + EACH_RANK),
    worst: scored.slice(-EACH_RANK).reverse(),
  };
  const known = await samplesByStem(network.size, config.data);
  const rows: Example[] = [];
  for (const [rank, members] of Object.entries(ranks)) {
    for (const [i, { stem, dice }] of members.entries()) {
      const sample = find(known, stem);
      const { image, native } = await decodeImageTo(sample.image, network.size);
      const [probabilities] = await predictor.run(toPlanes(image.data));
      const shown = shrunk(native);
      const truth = resizeBilinear(await decodeMask(sample.mask!), shown).data.map((value) =>
        value > 127 ? 1 : 0,
      );
      const predicted = Uint8Array.from(resizePlane(probabilities, network.size, shown), (p) =>
        p >= THRESHOLD ? 1 : 0,
      );
      const { data } = (await decodeImageTo(sample.image, shown)).image;
      const picture = `${rank}-${i}.png`;
      await writePng(join(path, 'images', picture), {
        ...shown,
        channels: 3,
        data: drawOutlines(data, shown.width, shown.height, truth, predicted),
      });
      rows.push({ stem, rank, dice, picture });
    }
  }
  return rows;
}

async function testScores(path: string): Promise<{ stem: string; dice: number }[]> {
  const rows = parseCsv((await readIfThere(join(path, 'test.csv'))) ?? '');
  return rows.map(({ stem, dice }) => ({ stem, dice: Number(dice) }));
}

async function samplesByStem(
  size: Size,
  data?: string,
  plain?: string,
): Promise<ReadonlyMap<string, Sample>> {
  const unmasked = plain ? await readPlainImages(plain, size) : [];
  const masked = data ? (await readDataFolder(data)).samples : [];
  return new Map([...unmasked, ...masked].map((sample) => [sample.stem, sample]));
}

function find(samples: ReadonlyMap<string, Sample>, stem: string): Sample {
  const sample = samples.get(stem);
  if (sample) return sample;
  throw new UserError({
    what: `image ${stem}`,
    got: 'no such file',
    expected: 'the images that the run used',
  });
}

function shrunk({ width, height }: Size): Size {
  const scale = Math.min(1, LONGEST_SIDE / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}
