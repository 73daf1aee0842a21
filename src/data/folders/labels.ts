import { UserError } from '../../core/errors.ts';

/** How many masks may be used: all, a count, or a fraction in (0, 1] of those there are. */
export type Labels = 'all' | number | { readonly fraction: number };

/** Some masks drawn out of all: how many, as it was written, and which of several draws of as many. */
export interface Draw {
  readonly labels: string;
  /** From 0. */
  readonly draw: number;
}

/**
 * Reads a budget of masks: `88`, `10%` or `all`.
 * @throws UserError if it is anything else
 */
export function parseLabels(text: string): Labels {
  const trimmed = text.trim();
  if (trimmed === 'all') return 'all';
  const [, digits, percent] = /^(\d+(?:\.\d+)?)\s*(%?)$/.exec(trimmed) ?? [];
  const value = Number(digits);
  if (percent === '%' && value > 0 && value <= 100) return { fraction: value / 100 };
  if (percent === '' && value > 0 && Number.isInteger(value)) return value;
  throw new UserError({
    what: 'labels',
    got: `"${text}"`,
    expected: 'a count, a percentage above 0 % and at most 100 %, or "all"',
    fix: 'write for example 88, 10% or all',
  });
}

/** A budget in one spelling. @throws UserError as `parseLabels` does */
export function canonicalLabels(labels: string | number): string {
  parseLabels(String(labels));
  return String(labels).replaceAll(' ', '');
}

/** Of a budget. */
const MOST_DRAWS = 1000;

/**
 * Reads several budgets, each with the number of its draws if there are more than one: `22x3,88`.
 *
 * @returns every draw, those of a budget one after the other
 * @throws UserError for anything else, or a budget that is there twice
 */
export function parseDraws(text: string): Draw[] {
  const budgets = text.split(',').map((part) => {
    const [, labels, times] = /^(.*?)(?:\s*x\s*([1-9]\d*))?$/.exec(part.trim())!;
    return { labels: canonicalLabels(labels), times: Number(times ?? 1) };
  });
  const many = budgets.find(({ times }) => times > MOST_DRAWS);
  if (many) {
    throw new UserError({
      what: 'labels',
      got: `${many.times} draws of ${many.labels}`,
      expected: `at most ${MOST_DRAWS}, each of which is a run of every seed`,
      fix: `write for example ${many.labels}x3`,
    });
  }
  const names = budgets.map(({ labels }) => labels);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) {
    throw new UserError({
      what: 'labels',
      got: `"${text}", in which ${twice} comes twice`,
      expected: 'each budget once',
      fix: `write ${twice}x2 for two draws`,
    });
  }
  return budgets.flatMap(({ labels, times }) =>
    Array.from({ length: times }, (_, draw) => ({ labels, draw })),
  );
}

/** Budgets in one spelling. @throws UserError as `parseDraws` does */
export function canonicalDraws(labels: string | number | readonly (string | number)[]): string {
  const draws = parseDraws([labels].flat().join());
  return [...new Set(draws.map(({ labels }) => labels))]
    .map((budget) => {
      const times = draws.filter(({ labels }) => labels === budget).length;
      return times > 1 ? `${budget}x${times}` : budget;
    })
    .join();
}
