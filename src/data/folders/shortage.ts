import type { DataFolder, Sample } from './folder.node.ts';

/** Why so few images with masks are left to train on, and what can be done about it. */
export interface Shortage {
  readonly why: string;
  readonly fix: string;
}

/**
 * @param train the images with masks that are left, whatever the budget is
 * @param test those that test
 */
export function shortageOf(
  { lists, samples }: Pick<DataFolder, 'lists' | 'samples'>,
  train: readonly Sample[],
  test: readonly Sample[],
): Shortage {
  const masked = samples.filter(({ mask }) => mask !== undefined).length;
  if (lists.train?.length === 0) {
    const fix = 'name training images in it, one a line, or take it away';
    return { why: 'train.txt is an empty list', fix };
  }
  if (lists.train) {
    const why = `train.txt names ${lists.train.length} images, of which ${train.length} have masks`;
    return { why, fix: 'name others in train.txt, or add masks' };
  }
  if (Object.keys(lists).length > 0) {
    const why = `of ${masked} images with masks the lists leave ${train.length}`;
    return { why, fix: 'add masks, or take names out of the lists' };
  }
  const tests = test.length === 1 ? '1 tests' : `${test.length} test`;
  const all = masked === 1 ? 'the only image with a mask tests' : `of ${masked} images with masks ${tests}`;
  const fix = 'add masks; or name images in train.txt, to train without a test';
  return { why: all, fix };
}
