import { promisify } from 'node:util';
import { deflateRaw, inflateRaw } from 'node:zlib';
import { eachOf } from '../core/each.ts';
import { UserError } from '../core/errors.ts';
import { placeOf } from '../data/decode/page.ts';
import { maskFiles } from '../data/folders/mask-source.ts';
import type { Sample } from '../data/folders/sample.ts';
import { foreground, type LabelMap } from '../data/masks/labelling.ts';
import type { SegmentationScores } from '../objectives/segment.ts';
import type { KeptNetwork } from '../runs/kept-network.node.ts';
import type { Prediction } from '../runs/prediction.ts';
import { labellingOf } from '../settings/masks.ts';
import { Bounded } from './bounded.ts';
import type { Dataset } from './dataset.node.ts';
import type { Numbers } from './look-api.ts';
import { fileVersion, type Networks, networkVersion } from './networks.node.ts';
import { labelsOfPrediction, matchClasses } from './predictions.node.ts';

const pack = promisify(deflateRaw);
const unpack = promisify(inflateRaw);

/** Of all predictions that are kept, packed: mostly some KB each. */
const MOST_BYTES = 32 * 2 ** 20;
const MOST_NUMBERS = 50_000;

/** Of so many files it is asked at once whether they have changed. */
const FILES_AT_ONCE = 32;

/** Predictions are named by what they are made of: they are of others once that has changed. */
type Key = string;

/** What networks make of the images of a data folder, and what that is worth; kept, so that it is there at once when it is asked for again. */
export class Predicted {
  readonly #labels = new Bounded<Omit<LabelMap, 'data'> & { readonly packed: Buffer }>(
    MOST_BYTES,
    ({ packed }) => packed.length,
  );
  readonly #numbers = new Bounded<Numbers>(MOST_NUMBERS);

  constructor(
    readonly dataset: Dataset,
    readonly networks: Networks,
  ) {}

  /**
   * @param run its folder
   * @param signal takes it out of the queue
   * @returns labels of the folder's classes, at the image's own size
   * @throws UserError for a run that has no network yet, and for an image that cannot be read
   */
  async labels(run: string, sample: Sample, signal?: AbortSignal): Promise<LabelMap> {
    const key = await keyOf(await networkVersion(run), run, sample);
    const known = this.#labels.get(key);
    if (known) return { ...known, data: new Uint8Array(await unpack(known.packed)) };
    return (await this.#make(key, run, sample, signal)).labels;
  }

  /** What a prediction is worth. @throws UserError as `labels` does */
  async numbers(run: string, sample: Sample, signal?: AbortSignal): Promise<Numbers> {
    const key = await keyOf(await networkVersion(run), run, sample);
    return this.#numbers.get(key) ?? (await this.#make(key, run, sample, signal)).numbers;
  }

  /** Of those predictions that were made already, by stem. */
  async known(run: string, samples: readonly Sample[]): Promise<ReadonlyMap<string, Numbers>> {
    const version = await networkVersion(run);
    const found = await eachOf(samples, FILES_AT_ONCE, async (sample) => {
      const numbers = this.#numbers.get(await keyOf(version, run, sample));
      return numbers ? [[sample.stem, numbers] as const] : [];
    });
    return new Map(found.flat());
  }

  #make(key: Key, run: string, sample: Sample, signal?: AbortSignal) {
    return this.networks.use(
      run,
      async (network) => {
        const match = matchClasses(labellingOf(network.config), this.dataset.labelling);
        const prediction = await network.predict(sample);
        const labels = await labelsOfPrediction(prediction, sample, match);
        const numbers = { ...(await scored(network, sample, prediction)), ...expectedOf(prediction) };
        this.#labels.set(key, { ...labels, packed: await pack(labels.data, { level: 1 }) });
        this.#numbers.set(key, numbers);
        return { labels, numbers };
      },
      signal,
    );
  }
}

/** @param version of the network */
async function keyOf(version: string, run: string, { image, mask }: Sample): Promise<Key> {
  const files = [placeOf(image).file, ...maskFiles(mask)];
  return [run, version, image, ...(await Promise.all(files.map(fileVersion)))].join('\n');
}

async function scored(network: KeptNetwork, sample: Sample, prediction: Prediction): Promise<Numbers> {
  if (sample.mask === undefined) return {};
  try {
    const names = foreground(labellingOf(network.config)).map(({ name }) => name);
    return numbersOf(await network.score(sample, prediction), names);
  } catch (error) {
    if (error instanceof UserError) return { problem: error.message };
    throw error;
  }
}

function numbersOf({ native, classes }: SegmentationScores, names: readonly string[]): Numbers {
  const { dice, iou, precision, recall } = native;
  const each = classes?.each.flatMap(({ dice }, k) => (dice === undefined ? [] : [{ name: names[k], dice }]));
  return { dice, iou, precision, recall, ...(each && { classes: each }) };
}

function expectedOf({ expected }: Prediction): Numbers {
  if (!expected) return {};
  const { dice, bound, unlike } = expected;
  return { expected: dice, ...(bound !== undefined && { bound }), unlike };
}
