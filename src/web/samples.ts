import { UserError } from '../core/errors.ts';
import type { Size } from '../core/size.ts';
import { planesWithBorder, type ReadAs } from '../data/decode/fit.ts';
import type { ImageInMemory } from '../data/decode/memory.ts';
import { assembleBatch } from '../data/loading/batch.ts';
import type { Pixels } from '../data/loading/pixels.ts';
import { fittedImage } from '../data/loading/prepare.ts';
import { coverageOfLabels, labelsOf, resizeCoverage, stacked } from '../data/masks/label-map.ts';
import { type Labelling, type LabelMap, planesOf, UNKNOWN } from '../data/masks/labelling.ts';
import type { StepSource } from '../train/feeds.ts';

/** An image with its mask. */
export interface PageSample {
  /** Of its own: random draws for the image depend on it, as on a file's name without the ending. */
  readonly name: string;
  readonly image: ImageInMemory;
  /** Of the image's size: places in the network's classes, 255 where nothing is known. */
  readonly mask: LabelMap;
}

/** How samples become what a network is fed. */
export interface SampleOptions extends ReadAs {
  /** The network's. */
  readonly size: Size;
  readonly labelling: Labelling;
}

/**
 * Samples in memory as what a training takes batches of: what its loader makes of files.
 *
 * @throws UserError naming the sample that cannot be used
 */
export function sourceOf(given: readonly PageSample[], options: SampleOptions): StepSource {
  expectNames(given);
  const pixels = given.map((sample) => pixelsOf(sample, options));
  const samples = given.map(({ name }) => ({ stem: name, image: name }));
  return {
    samples,
    batch: async (request) => {
      const stems = request.indices.map((i) => samples[i].stem);
      const own = request.indices.map((i) => pixels[i]);
      return assembleBatch(request, stems, own, options.size);
    },
  };
}

/** Whether of some pixels nothing is known. */
export const hasUnknown = (samples: readonly PageSample[]) =>
  samples.some(({ mask }) => mask.data.includes(UNKNOWN));

function expectNames(samples: readonly PageSample[]): void {
  if (samples.length === 0) {
    throw new UserError({ what: 'samples', got: 'none', expected: 'at least one image with its mask' });
  }
  const names = samples.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice === undefined) return;
  throw new UserError({ what: `sample ${twice}`, got: 'the name twice', expected: 'a name of its own' });
}

function pixelsOf({ name, image, mask }: PageSample, { size, labelling, ...as }: SampleOptions): Pixels {
  const fitted = fittedImage(image, size, as, `sample ${name}`);
  expectMask(name, image, mask, labelling);
  const { height, width, planes, data } = mask;
  const area = height * width;
  // As a file of white on black is read, or one of numbers.
  const rest = labelling.maskValues === 'light' ? 0 : undefined;
  const { place } = fitted;
  const labels = Array.from({ length: planes }, (_, k) => {
    const plane = { height, width, data: data.subarray(k * area, (k + 1) * area) };
    return labelsOf(resizeCoverage(coverageOfLabels(plane, rest), place));
  });
  return {
    image: fitted.image.data,
    mask: planesWithBorder(stacked(place, labels).data, size, place, UNKNOWN),
  };
}

function expectMask(name: string, image: ImageInMemory, mask: LabelMap, labelling: Labelling): void {
  const complain = (got: string, expected: string) =>
    new UserError({ what: `sample ${name}: mask`, got, expected });
  const { height, width, planes, data } = mask;
  if (height !== image.height || width !== image.width) {
    throw complain(`${width}x${height} pixels`, `${image.width}x${image.height}, as its image has`);
  }
  const count = planesOf(labelling);
  if (planes !== count || data.length !== planes * height * width) {
    const expected = `${count} of ${height * width} values, one for each pixel`;
    throw complain(`${data.length} values in ${planes} planes`, expected);
  }
  const most = labelling.multilabel ? 1 : labelling.classes.length - 1;
  const wrong = data.find((label) => label > most && label !== UNKNOWN);
  if (wrong === undefined) return;
  throw complain(`the label ${wrong}`, `0 to ${most}, or ${UNKNOWN} where nothing is known`);
}
