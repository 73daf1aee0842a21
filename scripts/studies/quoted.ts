import { parseSize } from '../../src/core/size.ts';
import { type Studies, totalOf } from './figures.ts';
import type { Quoted } from './quotes.ts';

/** The studies that the question is answered from: they compare pretrained decoders. */
function ofPretraining(studies: Studies): Studies {
  const { foreign, kvasir88, kvasirKerasNorm, kvasirLabels, kvasirPix2pix } = studies;
  return { foreign, kvasir88, kvasirKerasNorm, kvasirLabels, kvasirPix2pix };
}

/** The arms of the study levers, each with all parts of the one before it. */
const LEVERS = ['frozen', 'trained-encoder', 'light', 'averaged', 'consistency'];

/** What the part of an arm adds to the arm before it. */
function added({ levers }: Studies, labels: number, arm: string) {
  return levers.at(labels).between(arm, LEVERS[LEVERS.indexOf(arm) - 1]);
}

/**
 * The numbers and statements of README.md, docs/answer.md and docs/what-helps.md that the kept studies decide, by the id of the mark that stands
 * behind each there: a number as the document writes it, or whether the words before the mark are true. In a table, `row` is
 * what names the row.
 */
export const QUOTED: Quoted<Studies> = {
  'helps-row-classic': ({ kvasirLabels }, row) => kvasirLabels.at(row).mean('scratch'),
  'helps-row-alone': ({ reach }, row) => reach.at(row).mean('masks-alone'),
  'helps-row-full': ({ reach }, row) => reach.at(row).mean('full'),
  'helps-row-diff': ({ reach }, row) => 100 * reach.at(row).gain('full').difference,
  'helps-row-low': ({ reach }, row) => 100 * reach.at(row).gain('full').low,
  'helps-row-high': ({ reach }, row) => 100 * reach.at(row).gain('full').high,
  'helps-row-seeds-alone': ({ reach }, row) => reach.at(row).seeds('masks-alone'),
  'helps-row-seeds-full': ({ reach }, row) => reach.at(row).seeds('full'),
  'helps-88-gain': ({ reach, kvasirLabels }) =>
    100 * (reach.at(88).mean('masks-alone') - kvasirLabels.at(88).mean('scratch')),
  'levers-row-22': ({ levers }, row) => levers.at(22).mean(row),
  'levers-row-22-diff': (studies, row) => 100 * added(studies, 22, row).difference,
  'levers-row-22-low': (studies, row) => 100 * added(studies, 22, row).low,
  'levers-row-22-high': (studies, row) => 100 * added(studies, 22, row).high,
  'levers-row-88': ({ levers }, row) => levers.at(88).mean(row),
  'levers-row-88-diff': (studies, row) => 100 * added(studies, 88, row).difference,
  'levers-row-88-low': (studies, row) => 100 * added(studies, 88, row).low,
  'levers-row-88-high': (studies, row) => 100 * added(studies, 88, row).high,
  'levers-seeds': ({ levers }) => levers.at(88).seeds('consistency'),
  'levers-planned': ({ levers }) => levers.settings.seeds,
  'encoder-frozen-mean': ({ kvasirEncoder }) => kvasirEncoder.at(88).mean('frozen'),
  'encoder-trained-mean': ({ kvasirEncoder }) => kvasirEncoder.at(88).mean('trained'),
  'encoder-diff': ({ kvasirEncoder }) => 100 * kvasirEncoder.at(88).gain('trained').difference,
  'encoder-low': ({ kvasirEncoder }) => 100 * kvasirEncoder.at(88).gain('trained').low,
  'encoder-high': ({ kvasirEncoder }) => 100 * kvasirEncoder.at(88).gain('trained').high,
  'encoder-p': ({ kvasirEncoder }) => kvasirEncoder.at(88).gain('trained').p,
  'encoder-seeds': ({ kvasirEncoder }) => kvasirEncoder.at(88).seeds('trained'),
  'encoder-cannot-be-claimed': ({ kvasirEncoder }) =>
    kvasirEncoder.at(88).verdict('trained') === 'cannot_be_claimed',
  'audit-identity-leak': ({ kvasir88 }) => 100 * kvasir88.audit('identity').leak,
  'audit-identity-depth-is-nothing': ({ kvasir88 }) => kvasir88.audit('identity').depth_alone < 0.01,
  masks: ({ kvasir88 }) => Number(kvasir88.settings.labels),
  'no-arm-differs': ({ kvasir88, kvasirPix2pix }) =>
    kvasir88.decided().length + kvasirPix2pix.decided().length === 0,
  'identity-high': ({ kvasir88 }) => 100 * kvasir88.at(88).gain('identity').high,
  'labels-22-masks': ({ kvasirLabels }) => kvasirLabels.at(22).masks,
  'labels-220-masks': ({ kvasirLabels }) => kvasirLabels.at(220).masks,
  'labels-880-masks': ({ kvasirLabels }) => kvasirLabels.at(880).masks,
  'labels-no-arm-differs': ({ kvasirLabels }) => kvasirLabels.decided().length === 0,
  'labels-880-is-steadier': ({ kvasirLabels }) =>
    kvasirLabels.at(880).verdict('identity', 'steadier_over_seeds') === 'supported',
  size: ({ kvasir88 }) => parseSize(kvasir88.settings.size).height,
  'test-images': ({ kvasir88 }) => kvasir88.testImages,
  'all-studies': (studies) => totalOf(ofPretraining(studies)).studies,
  'all-fine-tunings': (studies) => totalOf(ofPretraining(studies)).fineTunings,
  'all-pretrainings': (studies) => totalOf(ofPretraining(studies)).pretrainings,
  'all-hours': (studies) => totalOf(ofPretraining(studies)).hours / 2,
  'shared-runs-are-equal': ({ kvasir88, kvasirKerasNorm, foreign }) =>
    [0, 1, 2, 3, 4, 5].every(
      (seed) =>
        kvasirKerasNorm.scores('scratch-fast', seed) === kvasir88.scores('scratch', seed) &&
        ['scratch', 'identity'].every((arm) => foreign.scores(arm, seed) === kvasir88.scores(arm, seed)),
    ),
  'audit-row-quality': ({ kvasir88 }, row) => kvasir88.audit(row).quality,
  'audit-row-leak': ({ kvasir88 }, row) => 100 * kvasir88.audit(row).leak,
  'audit-row-depth': ({ kvasir88 }, row) => 100 * kvasir88.audit(row).depth_alone,
  'audit-identity-copies': ({ kvasir88 }) => kvasir88.audit('identity').label === 'copies through skips',
  'audit-identity-skip1': ({ kvasir88 }) => 100 * kvasir88.audit('identity').share('skip1'),
  'audit-identity-skip2': ({ kvasir88 }) => 100 * kvasir88.audit('identity').share('skip2'),
  'audit-identity-skip3': ({ kvasir88 }) => 100 * kvasir88.audit('identity').share('skip3'),
  'audit-identity-noise': ({ kvasir88 }) => kvasir88.audit('identity').noise,
  'audit-identity-over-readout': ({ kvasir88 }) => kvasir88.audit('identity').over_readout,
  'pix2pix-audit-identity-leak': ({ kvasirPix2pix }) => 100 * kvasirPix2pix.audit('identity').leak,
  'pix2pix-audit-identity-quality': ({ kvasirPix2pix }) => kvasirPix2pix.audit('identity').quality,
  'row-mean': ({ kvasir88 }, row) => kvasir88.at(88).mean(row),
  'seeds-row': ({ kvasir88 }, row) => kvasir88.at(88).seeds(row),
  'row-diff': ({ kvasir88 }, row) => 100 * kvasir88.at(88).gain(row).difference,
  'row-low': ({ kvasir88 }, row) => 100 * kvasir88.at(88).gain(row).low,
  'row-high': ({ kvasir88 }, row) => 100 * kvasir88.at(88).gain(row).high,
  'pix2pix-row-mean': ({ kvasirPix2pix }, row) => kvasirPix2pix.at(88).mean(row),
  'pix2pix-row-diff': ({ kvasirPix2pix }, row) => 100 * kvasirPix2pix.at(88).gain(row).difference,
  'pix2pix-row-low': ({ kvasirPix2pix }, row) => 100 * kvasirPix2pix.at(88).gain(row).low,
  'pix2pix-row-high': ({ kvasirPix2pix }, row) => 100 * kvasirPix2pix.at(88).gain(row).high,
  'identity-p': ({ kvasir88 }) => kvasir88.at(88).gain('identity').p,
  'pix2pix-identity-p': ({ kvasirPix2pix }) => kvasirPix2pix.at(88).gain('identity').p,
  'identity-does-not-differ': ({ kvasir88, kvasirPix2pix }) =>
    kvasir88.at(88).verdict('identity') === 'no_difference' &&
    kvasirPix2pix.at(88).verdict('identity') === 'no_difference',
  'pix2pix-identity-high': ({ kvasirPix2pix }) => 100 * kvasirPix2pix.at(88).gain('identity').high,
  'smallest-p': ({ kvasir88 }) =>
    Math.min(...kvasir88.arms.slice(1).map((arm) => kvasir88.at(88).gain(arm).p_holm)),
  'pix2pix-smallest-p': ({ kvasirPix2pix }) =>
    Math.min(...kvasirPix2pix.arms.slice(1).map((arm) => kvasirPix2pix.at(88).gain(arm).p_holm)),
  'labels-22-steps-scratch': ({ kvasirLabels }) => kvasirLabels.at(22).steps('scratch'),
  'labels-22-seeds-scratch': ({ kvasirLabels }) => kvasirLabels.at(22).seeds('scratch'),
  'labels-row-scratch-mean': ({ kvasirLabels }, row) => kvasirLabels.at(row).mean('scratch'),
  'labels-row-identity-diff': ({ kvasirLabels }, row) =>
    100 * kvasirLabels.at(row).gain('identity').difference,
  'labels-row-identity-low': ({ kvasirLabels }, row) => 100 * kvasirLabels.at(row).gain('identity').low,
  'labels-row-identity-high': ({ kvasirLabels }, row) => 100 * kvasirLabels.at(row).gain('identity').high,
  'labels-row-denoise-noise-diff': ({ kvasirLabels }, row) =>
    100 * kvasirLabels.at(row).gain('denoise-noise').difference,
  'labels-row-denoise-noise-low': ({ kvasirLabels }, row) =>
    100 * kvasirLabels.at(row).gain('denoise-noise').low,
  'labels-row-denoise-noise-high': ({ kvasirLabels }, row) =>
    100 * kvasirLabels.at(row).gain('denoise-noise').high,
  'labels-saved-had': ({ kvasirLabels }) => kvasirLabels.saved('identity', 88).masks,
  'labels-saved-needed': ({ kvasirLabels }) => kvasirLabels.saved('identity', 88).baseline_masks.masks,
  'labels-saved-low': ({ kvasirLabels }) => kvasirLabels.saved('identity', 88).ci95![0].masks,
  'labels-saved-high': ({ kvasirLabels }) => kvasirLabels.saved('identity', 88).ci95![1].masks,
  'labels-area-loss': ({ kvasirLabels }) => -100 * kvasirLabels.area('identity').difference,
  'labels-area-identity-low': ({ kvasirLabels }) => 100 * kvasirLabels.area('identity').low,
  'labels-area-identity-high': ({ kvasirLabels }) => 100 * kvasirLabels.area('identity').high,
  'labels-claims': ({ kvasirLabels }) => kvasirLabels.findings.claims.length,
  'labels-one-claim-is-supported': ({ kvasirLabels }) =>
    kvasirLabels.findings.claims.filter(({ verdict }) => verdict === 'supported').length === 1,
  'labels-880-spread-identity-sd': ({ kvasirLabels }) => 100 * kvasirLabels.at(880).spread('identity').sd,
  'labels-880-spread-identity-scratch-sd': ({ kvasirLabels }) =>
    100 * kvasirLabels.at(880).spread('identity').other_sd,
  'labels-880-spread-identity-p': ({ kvasirLabels }) => kvasirLabels.at(880).spread('identity').p_holm,
  'labels-88-masks': ({ kvasirLabels }) => kvasirLabels.at(88).masks,
  'labels-more-masks-gain': ({ kvasirLabels }) =>
    100 * (kvasirLabels.at(220).mean('scratch') - kvasirLabels.at(88).mean('scratch')),
  'foreign-identity-diff': ({ foreign }) => 100 * foreign.at(88).between('foreign', 'identity').difference,
  'foreign-identity-low': ({ foreign }) => 100 * foreign.at(88).between('foreign', 'identity').low,
  'foreign-identity-high': ({ foreign }) => 100 * foreign.at(88).between('foreign', 'identity').high,
  'foreign-identity-p': ({ foreign }) => foreign.at(88).between('foreign', 'identity').p,
  'elsewhere-identity-diff': ({ foreign }) =>
    100 * foreign.at(88).between('elsewhere', 'identity').difference,
  'elsewhere-identity-low': ({ foreign }) => 100 * foreign.at(88).between('elsewhere', 'identity').low,
  'elsewhere-identity-high': ({ foreign }) => 100 * foreign.at(88).between('elsewhere', 'identity').high,
  'elsewhere-identity-p': ({ foreign }) => foreign.at(88).between('elsewhere', 'identity').p,
  'keras-fast-momentum': ({ kvasirKerasNorm }) => kvasirKerasNorm.settings.arms['scratch-fast'].normMomentum!,
  'keras-momentum': ({ kvasirKerasNorm }) => kvasirKerasNorm.settings.normMomentum,
  'keras-epoch-fast-row-val': ({ kvasirKerasNorm }, row) =>
    kvasirKerasNorm.at(88).epoch('scratch-fast', +row).val_loss,
  'epoch-identity-row-val': ({ kvasir88 }, row) => kvasir88.at(88).epoch('identity', +row).val_loss,
  'keras-epoch-scratch-row-val': ({ kvasirKerasNorm }, row) =>
    kvasirKerasNorm.at(88).epoch('scratch', +row).val_loss,
  'keras-epoch-identity-row-val': ({ kvasirKerasNorm }, row) =>
    kvasirKerasNorm.at(88).epoch('identity', +row).val_loss,
  'keras-epoch-scratch-row-train': ({ kvasirKerasNorm }, row) =>
    kvasirKerasNorm.at(88).epoch('scratch', +row).train_loss,
  'keras-epoch-identity-row-train': ({ kvasirKerasNorm }, row) =>
    kvasirKerasNorm.at(88).epoch('identity', +row).train_loss,
  'keras-epoch-identity-3-lower': ({ kvasirKerasNorm }) => kvasirKerasNorm.at(88).epoch('identity', 3).lower,
  'keras-seeds-identity': ({ kvasirKerasNorm }) => kvasirKerasNorm.at(88).seeds('identity'),
  'keras-epochs-identity-mean': ({ kvasirKerasNorm }) => kvasirKerasNorm.at(88).epochs('identity').mean,
  'keras-epochs-identity-baseline': ({ kvasirKerasNorm }) =>
    kvasirKerasNorm.at(88).epochs('identity').baseline_mean,
  'keras-epochs-identity-p': ({ kvasirKerasNorm }) => kvasirKerasNorm.at(88).epochs('identity').p_holm,
  'keras-unrest-identity-mean': ({ kvasirKerasNorm }) => kvasirKerasNorm.at(88).unrest('identity').mean,
  'keras-unrest-identity-baseline': ({ kvasirKerasNorm }) =>
    kvasirKerasNorm.at(88).unrest('identity').baseline_mean,
  'keras-unrest-identity-p': ({ kvasirKerasNorm }) => kvasirKerasNorm.at(88).unrest('identity').p_holm,
  'keras-loss-identity-mean': ({ kvasirKerasNorm }) => kvasirKerasNorm.at(88).loss('identity').mean,
  'keras-loss-identity-baseline': ({ kvasirKerasNorm }) =>
    kvasirKerasNorm.at(88).loss('identity').baseline_mean,
  'keras-identity-diff': ({ kvasirKerasNorm }) => 100 * kvasirKerasNorm.at(88).gain('identity').difference,
  'keras-identity-low': ({ kvasirKerasNorm }) => 100 * kvasirKerasNorm.at(88).gain('identity').low,
  'keras-identity-high': ({ kvasirKerasNorm }) => 100 * kvasirKerasNorm.at(88).gain('identity').high,
  'keras-training-is-equal': ({ kvasirKerasNorm }) =>
    [1, 6, 12, 24].every(
      (epoch) =>
        kvasirKerasNorm.at(88).epoch('scratch', epoch).train_loss ===
        kvasirKerasNorm.at(88).epoch('scratch-fast', epoch).train_loss,
    ),
  'keras-epochs-fast-mean': ({ kvasirKerasNorm }) => kvasirKerasNorm.at(88).epochs('scratch-fast').mean,
  'keras-epochs-fast-p': ({ kvasirKerasNorm }) => kvasirKerasNorm.at(88).epochs('scratch-fast').p_holm,
  'keras-unrest-fast-mean': ({ kvasirKerasNorm }) => kvasirKerasNorm.at(88).unrest('scratch-fast').mean,
  'keras-unrest-fast-p': ({ kvasirKerasNorm }) => kvasirKerasNorm.at(88).unrest('scratch-fast').p_holm,
  'loss-identity-mean': ({ kvasir88 }) => kvasir88.at(88).loss('identity').mean,
  'loss-identity-baseline': ({ kvasir88 }) => kvasir88.at(88).loss('identity').baseline_mean,
  'loss-identity-p': ({ kvasir88 }) => kvasir88.at(88).loss('identity').p_holm,
  'epochs-identity-mean': ({ kvasir88 }) => kvasir88.at(88).epochs('identity').mean,
  'epochs-identity-baseline': ({ kvasir88 }) => kvasir88.at(88).epochs('identity').baseline_mean,
  'epochs-identity-p': ({ kvasir88 }) => kvasir88.at(88).epochs('identity').p_holm,
  'identity-shuffled-diff': ({ kvasir88 }) =>
    100 * kvasir88.at(88).between('identity', 'shuffled').difference,
  'identity-shuffled-p': ({ kvasir88 }) => kvasir88.at(88).between('identity', 'shuffled').p,
  'identity-matched-diff': ({ kvasir88 }) => 100 * kvasir88.at(88).between('identity', 'matched').difference,
  'identity-matched-p': ({ kvasir88 }) => kvasir88.at(88).between('identity', 'matched').p,
  'pix2pix-transductive-identity-diff': ({ kvasirPix2pix }) =>
    100 * kvasirPix2pix.at(88).between('transductive', 'identity').difference,
  'pix2pix-transductive-identity-p': ({ kvasirPix2pix }) =>
    kvasirPix2pix.at(88).between('transductive', 'identity').p,
  'detectable-least': ({ kvasir88 }) =>
    100 *
    Math.min(
      ...kvasir88.arms
        .filter((arm) => kvasir88.at(88).seeds(arm) === 6)
        .map((arm) => kvasir88.at(88).gain(arm).detectable),
    ),
  'detectable-most': ({ kvasir88 }) =>
    100 *
    Math.max(
      ...kvasir88.arms
        .filter((arm) => kvasir88.at(88).seeds(arm) === 6)
        .map((arm) => kvasir88.at(88).gain(arm).detectable),
    ),
  'audit-identity-quality': ({ kvasir88 }) => kvasir88.audit('identity').quality,
  'identity-diff': ({ kvasir88 }) => 100 * kvasir88.at(88).gain('identity').difference,
  'identity-low': ({ kvasir88 }) => 100 * kvasir88.at(88).gain('identity').low,
  'seeds-identity': ({ kvasir88 }) => kvasir88.at(88).seeds('identity'),
  'scratch-mean': ({ kvasir88 }) => kvasir88.at(88).mean('scratch'),
  'labels-22-identity-diff': ({ kvasirLabels }) => 100 * kvasirLabels.at(22).gain('identity').difference,
  'labels-880-identity-diff': ({ kvasirLabels }) => 100 * kvasirLabels.at(880).gain('identity').difference,
  'unet-no-arm-differs': ({ kvasir88, kvasirLabels }) =>
    kvasir88.decided().length + kvasirLabels.decided().length === 0,
  'only-88-no-arm-differs': ({ kvasir88 }) => kvasir88.decided().length === 0,
  'pix2pix-no-arm-differs': ({ kvasirPix2pix }) => kvasirPix2pix.decided().length === 0,
};
