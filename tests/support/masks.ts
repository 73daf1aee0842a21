import { contentOf } from '../../src/data/decode/content.node.ts';
import { decideLabelling } from '../../src/data/masks/decide.ts';
import { type Labelling, ONE_OBJECT } from '../../src/data/masks/labelling.ts';
import { readMask } from '../../src/data/masks/read-mask.node.ts';
import { readRawMask } from '../../src/data/masks/read-raw-mask.node.ts';
import { surveyOf } from '../../src/data/masks/survey.ts';

/** Everything above 0 is the object. */
export const NONZERO: Labelling = { ...ONE_OBJECT, maskValues: 'nonzero' };

/** What the only mask of a set means. */
export async function labellingAlone(path: string): Promise<Labelling> {
  const survey = surveyOf(await readRawMask(await contentOf(path), path));
  return { ...decideLabelling([{ path, survey }], {}, 'here').labelling, multilabel: false };
}

/** The only mask of a set, as one channel of 0 and 255 at its own size. */
export async function decodeMask(path: string) {
  const mask = await readMask({ image: path, mask: path }, await labellingAlone(path));
  const { width, height, data } = mask.at();
  return { width, height, channels: 1, data: data.map((label) => (label === 1 ? 255 : 0)) };
}
