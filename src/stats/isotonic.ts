import { mean } from '../core/mean.ts';

/**
 * The never falling sequence nearest to the values in least squares, by pooling adjacent violators (Ayer et al. 1955): where
 * a value is below the one before, both become their mean, and so on backwards.
 *
 * @returns as many values
 */
export function isotonic(values: readonly number[]): number[] {
  const blocks: number[][] = [];
  for (const value of values) {
    let block = [value];
    while (blocks.length > 0 && mean(blocks.at(-1)!) > mean(block)) block = [...blocks.pop()!, ...block];
    blocks.push(block);
  }
  return blocks.flatMap((block) => block.map(() => mean(block)));
}
