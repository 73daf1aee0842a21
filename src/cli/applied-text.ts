import type { Applied } from '../index.ts';

const percent = (share: number) => `${Number((100 * share).toPrecision(6))} %`;

/** How networks were applied and masks made, as far as it is not as usual: a line, or none. */
export function appliedText(applied: Applied): string {
  const { runs, views, scales, mask_threshold, fill_holes, min_area } = applied;
  const facts = [
    ...(runs > 1 ? [`mean of ${runs} runs`] : []),
    ...(views > 1 ? [`${views} views`] : []),
    ...(scales.join() === '1' ? [] : [`scales ${scales.join(', ')}`]),
    ...(mask_threshold === 0.5 ? [] : [`masks from ${mask_threshold} on`]),
    ...(fill_holes > 0 ? [`holes below ${percent(fill_holes)} of the image filled`] : []),
    ...(min_area > 0 ? [`parts below ${percent(min_area)} of the image removed`] : []),
  ];
  return facts.length > 0 ? `${facts.join('; ')}\n` : '';
}
