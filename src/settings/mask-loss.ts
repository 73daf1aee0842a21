import { BACKGROUND, type Labelling, onlyClass } from '../data/masks/labelling.ts';
import { type LossTerm, lossOf, parseLoss } from '../nn/loss-sum.ts';
import { CLASS_LOSSES, exclusiveLosses, type Loss, losses, MASK_LOSSES } from '../nn/losses.ts';

/** Terms of which the loss of masks can be made. */
const LOSS_TERMS = [...new Set([...MASK_LOSSES, ...CLASS_LOSSES])];

/** @throws UserError for a loss that is none of masks */
export const parseMaskLoss = (loss: string): LossTerm[] => parseLoss(loss, LOSS_TERMS);

/** Whether each pixel has one of several classes. */
export const isExclusive = (labelling: Labelling) => !labelling.multilabel && !onlyClass(labelling);

/** A sum of losses as it is called for these classes: where each pixel has one of several, `bce` is `cross-entropy`. */
export function lossFor(labelling: Labelling, loss: string): string {
  return isExclusive(labelling)
    ? loss.replace(/\bbce\b/, 'cross-entropy')
    : loss.replace(/\bcross-entropy\b/, 'bce');
}

/**
 * The loss of masks that mean this.
 *
 * @param weights how much each class counts, where each pixel has one of several
 */
export function maskLossOf(labelling: Labelling, loss: string, weights?: readonly number[]): Loss {
  const terms = parseMaskLoss(lossFor(labelling, loss));
  const background = labelling.classes[0].name === BACKGROUND;
  return lossOf(terms, isExclusive(labelling) ? exclusiveLosses({ background, weights }) : losses);
}
