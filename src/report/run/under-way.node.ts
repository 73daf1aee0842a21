import { contentOf } from '../../data/decode/content.node.ts';
import type { Sample } from '../../data/folders/sample.ts';
import { readMask } from '../../data/masks/read-mask.node.ts';
import { Ensemble } from '../../eval/ensemble.node.ts';
import { RUN } from '../../records/entries.ts';
import { readEntry } from '../../records/entry.node.ts';
import { openUnderWay } from '../../runs/open-run.node.ts';
import { cropPlanOf } from '../../settings/crop.ts';
import { labellingOf } from '../../settings/masks.ts';
import { readingOf } from '../../settings/pixels.ts';
import type { Picture } from '../model.ts';
import { embedBitmap } from '../pictures.node.ts';
import { shownTogether } from './truth-and-prediction.node.ts';

/** What a network that is being trained makes of some images. */
export interface UnderWay {
  /** The step after which its state was saved. */
  readonly step: number;
  /** Whether it has not seen them, or trains on them. */
  readonly part: 'validation' | 'train';
  /** With the outlines of mask and prediction. */
  readonly pictures: readonly { readonly stem: string; readonly picture: Picture }[];
}

/** So many images are looked at. */
const SHOWN = 4;

/**
 * Pictures of a training that goes on, by its saved state: of its first validation images, or where it has none of training images.
 *
 * @param folder of the run
 * @param samples of its data folder
 * @returns undefined as long as nothing was saved, and for a run that marks nothing
 */
export async function picturesUnderWay(
  folder: string,
  samples: readonly Sample[],
): Promise<UnderWay | undefined> {
  const [run, splits] = [await openUnderWay(folder), await readEntry(folder, RUN.splits)];
  if (!run || !splits || run.config.kind !== 'train') return undefined;
  const { config, network, step } = run;
  const part = splits.validation.length > 0 ? 'validation' : 'train';
  const byStem = new Map(samples.map((sample) => [sample.stem, sample]));
  const chosen = splits[part].slice(0, SHOWN).flatMap(({ stem }) => byStem.get(stem) ?? []);
  const labelling = labellingOf(config);
  const shown = { labelling, crop: cropPlanOf(config), fit: config.fit, reading: readingOf(config) };
  // One thread: the training goes on.
  const ensemble = await Ensemble.open([network], { batch: 1, threads: 1 });
  try {
    const pictures = [];
    for (const sample of chosen) {
      const image = { content: await contentOf(sample.image), path: sample.image };
      const mask = sample.mask ? await readMask(sample, labelling) : undefined;
      const bitmap = await shownTogether({ image, mask }, ensemble, { ...shown, size: network.size });
      pictures.push({ stem: sample.stem, picture: await embedBitmap(bitmap) });
    }
    return { step, part, pictures };
  } finally {
    await ensemble.close();
  }
}
