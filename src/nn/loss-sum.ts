import { UserError } from '../core/errors.ts';
import { nearest } from '../core/nearest.ts';
import { add, mul } from '../ops/elementwise.ts';
import type { Loss, LossName } from './losses.ts';

/** A term of a sum of losses. */
export interface LossTerm {
  readonly name: LossName;
  /** What it is multiplied by, above 0. */
  readonly factor: number;
}

/**
 * Reads a loss: `dice`, or a sum as `bce+0.5*dice`; a factor that is left out is 1.
 *
 * @param known the terms that it may have
 * @throws UserError for anything else, an unknown term with the nearest
 */
export function parseLoss(text: string, known: readonly LossName[]): LossTerm[] {
  const complain = (fix?: string) =>
    new UserError({
      what: 'loss',
      got: JSON.stringify(text),
      expected: `${known.join(', ')}, or a sum as ${known[0]}+0.5*${known[1]}, factors above 0`,
      fix,
    });
  // A + behind the e of a number, as in 1e+3, is no sum.
  const terms = text.split(/(?<!\de)\+/).map((part) => {
    const [, number, word] = TERM.exec(part.trim()) ?? [];
    const name = known.find((each) => each === word);
    if (word && !name) throw complain(`did you mean ${nearest(word, known)}?`);
    const factor = number === undefined ? 1 : Number(number);
    if (!name || factor === 0 || !Number.isFinite(factor)) throw complain();
    return { name, factor };
  });
  if (new Set(terms.map(({ name }) => name)).size < terms.length) throw complain('name each term once');
  return terms;
}

/** `0.5*dice`, or `dice`. */
const TERM = /^(?:((?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*\*\s*)?([a-z][a-z0-9-]*)$/;

/** A loss in one spelling. */
export function formatLoss(terms: readonly LossTerm[]): string {
  return terms.map(({ name, factor }) => (factor === 1 ? name : `${factor}*${name}`)).join('+');
}

/**
 * The sum of terms, at least one.
 *
 * @param known losses by name, those of the terms among them
 */
export function lossOf(terms: readonly LossTerm[], known: Readonly<Partial<Record<LossName, Loss>>>): Loss {
  return (...compared) =>
    terms
      .map(({ name, factor }) => {
        const loss = known[name]!(...compared);
        return factor === 1 ? loss : mul(loss, factor);
      })
      .reduce((sum, loss) => add(sum, loss));
}
