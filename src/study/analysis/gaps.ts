import type { Budget, MetricAnalysis } from '../../records/study-findings.ts';
import type { RunRow } from '../../records/study-tables.ts';

/** `88 masks`, and the share that this is if it was said so. */
export function masksIn({ labels, masks }: Budget): string {
  const rounded = `${Number(masks.toFixed(1))}`;
  return `${rounded} masks${labels === rounded ? '' : ` (${labels})`}`;
}

/**
 * What of a study under way cannot be compared yet, in sentences.
 *
 * @param all that have ended
 * @param paired those of them that are compared
 * @param arms the baseline first
 */
export function missingRuns(
  all: readonly RunRow[],
  paired: readonly RunRow[],
  budgets: readonly Budget[],
  arms: readonly string[],
): string[] {
  if (all.length === 0) return ['no run has ended yet'];
  const seeds = [...new Set(all.map(({ seed }) => seed))].sort((a, b) => a - b);
  return budgets.flatMap((budget) => {
    const here = (runs: readonly RunRow[]) => runs.filter(({ labels }) => labels === budget.labels);
    const missing = arms.flatMap((arm) => {
      const found = new Set(here(paired).flatMap((run) => (run.arm === arm ? run.seed : [])));
      const lacking = seeds.filter((seed) => !found.has(seed));
      return lacking.length > 0
        ? `${arm} (${lacking.length > 1 ? 'seeds' : 'seed'} ${lacking.join(', ')})`
        : [];
    });
    const [ended, used] = [here(all).length, here(paired).length];
    const sentences = [
      missing.length > 0 &&
        `no run of ${missing.join(', ')}; arms are compared over the seeds that they share with ${arms[0]}`,
      used < ended &&
        `left out: ${ended - used} of ${ended} runs, as other arms have not had the same masks yet`,
    ];
    return sentences.flatMap((sentence) => (sentence ? `${masksIn(budget)}: ${sentence}` : []));
  });
}

/** The metrics that not every run has for every image. */
export function imagesLeftOut(budget: Budget & { readonly metrics: readonly MetricAnalysis[] }): string[] {
  return budget.metrics
    .filter(({ images_left_out }) => images_left_out > 0)
    .map(
      ({ metric, images_left_out: images }) =>
        `${masksIn(budget)}: ${metric} leaves out ${images} ${images > 1 ? 'images' : 'image'} that some run has no value for`,
    );
}
