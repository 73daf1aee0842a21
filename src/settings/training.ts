import * as z from 'zod';
import { syntheticName } from '../data/folders/synthetic-name.ts';
import { PRETEXT_NAMES } from '../data/pretexts/index.ts';
import { IMAGE_LOSSES } from '../nn/losses.ts';
import { augmentation, type ResolvedAugmentation } from './augmentation.ts';
import { consistencySettings } from './consistency.ts';
import { cropSettings, pieces } from './crop.ts';
import { classWeights, maskSettings } from './masks.ts';
import { degradation, pretextSettings } from './pretext.ts';
import { DEFAULT_RECIPE, RECIPE_NAMES } from './recipes.ts';
import { setting } from './setting.ts';
import { count, countOrText, epochSteps, minSteps, ofRun, shared, text, views } from './shared.ts';

/** What weights of a pretrained decoder start from that read skips which were off in pretraining. */
const NEW_SKIPS = ['keep', 'zero', 'random'] as const;
export type NewSkips = (typeof NEW_SKIPS)[number];

/** What a pretraining does with the decoder. */
const PRETRAIN_METHODS = ['autoencoder', 'statistics'] as const;

/** Of what cannot do without. */
export const requiredData = setting(
  text,
  'Data',
  'Folder with images/ and masks/, or images with annotations of a tool. Lists train.txt, val.txt and test.txt are optional',
  { placeholder: 'dir', path: true, ofStudy: true },
);

/** Images without masks; a study has them, too. */
export const plainImages = {
  plain: setting(
    text.optional(),
    'Data',
    'Folder of plain images, which need no masks. synthetic:N draws N images, a control. Without it the training images of --data are used',
    { placeholder: 'dir', path: syntheticName },
  ),
  transductive: setting(
    z.boolean().default(false),
    'Data',
    'Pretrain also on test images, and on duplicates of validation and test images',
  ),
};

export const pretrainSchema = z.strictObject({
  ...shared,
  labels: setting(
    countOrText.default('all'),
    'Data',
    'How many masks the training will have: some of them validate. Several budgets: 22x3,88 (x3 means three draws)',
    { placeholder: 'masks', ofStudy: true },
  ),
  ...plainImages,
  ...pieces,
  method: setting(
    z.enum(PRETRAIN_METHODS).default('autoencoder'),
    'Pretext task',
    'How to pretrain the decoder. statistics trains nothing and only sets the statistics of its batch norms, a control',
  ),
  ...pretextSettings,
  epochs: setting(count(1).default(10), 'Training', 'Passes over the images'),
  loss: setting(
    text.default('mse'),
    'Training',
    `Loss: ${IMAGE_LOSSES.join(', ')}, or a sum such as l1+0.5*ssim. ssim is 1 - structural similarity`,
    { placeholder: 'sum' },
  ),
  ...ofRun,
});

export const trainSchema = z.strictObject({
  recipe: setting(
    z.enum(RECIPE_NAMES).default(DEFAULT_RECIPE),
    'Training',
    'Defaults of the other settings: full is what helps with few masks, classic a frozen encoder at 128 px',
    { ofStudy: true },
  ),
  ...shared,
  data: requiredData,
  ...maskSettings,
  ...cropSettings,
  draw: setting(
    count(0).default(0),
    'Data',
    'Number of the draw. Each number gives another random choice of as many masks',
    { ofStudy: true },
  ),
  epochs: setting(
    count(1).default(20),
    'Training',
    'Passes over the images, where no number of steps is given',
    { ofStudy: true },
  ),
  steps: setting(
    count(1).optional(),
    'Training',
    'Steps of the training, instead of --epochs and --min-steps',
    {
      ofStudy: true,
    },
  ),
  minSteps,
  epochSteps,
  loss: setting(
    text.default('bce+dice'),
    'Training',
    'Loss: bce, dice, focal, tversky, or a sum such as bce+0.5*dice. bce is cross-entropy',
    { placeholder: 'sum' },
  ),
  classWeights,
  pretrained: setting(
    text.optional(),
    'Network',
    'Take over the decoder of a pretraining run (its last weights) or of a file',
    { placeholder: 'run', path: true, ofStudy: true },
  ),
  transfer: setting(
    text.default('decoder'),
    'Network',
    'What to take over of a pretrained decoder. decoder takes all of it. Controls: matched takes the mean and deviation of each tensor, shuffled its values in random order, partial:K the K deepest levels',
    { placeholder: 'what' },
  ),
  newSkips: setting(
    z.enum(NEW_SKIPS).default('keep'),
    'Network',
    'How the weights of a pretrained decoder start that read skips which were off. keep takes those of the file',
  ),
  degrade: setting(
    text.default('none'),
    'Pretext task',
    `Degrade training images as a pretext task does, but not their masks, a control: none, ${PRETEXT_NAMES.join(', ')}. In a mixture such as identity:1,denoise:1 one task is drawn for each image`,
    { placeholder: 'name|mixture' },
  ),
  ...degradation,
  views: setting(
    views.default(1),
    'Prediction',
    'Test with the mean over views of each image: 1 is the image, 4 adds its flips, 8 also quarter turns (for square sizes)',
  ),
  ...consistencySettings,
  ...ofRun,
});

/** The settings of each kind of run. */
export const RUN_SCHEMAS = { pretrain: pretrainSchema, train: trainSchema };

export const previewSchema = z.strictObject({
  data: shared.data,
  plain: setting(text.optional(), 'Data', 'Folder of plain images. synthetic:N draws N images', {
    placeholder: 'dir',
    path: syntheticName,
  }),
  ...pretextSettings,
  intensity: shared.intensity,
  channels: shared.channels,
  pages: shared.pages,
  size: shared.size,
  ...augmentation,
  seed: ofRun.seed,
  count: setting(count(1).default(6), 'Data', 'How many images to show, the first by name'),
});

export type PretrainConfig = Resolved<z.output<typeof pretrainSchema>>;
export type PreviewConfig = Omit<z.output<typeof previewSchema>, keyof ResolvedAugmentation> &
  ResolvedAugmentation;
export type TrainConfig = Omit<Resolved<z.output<typeof trainSchema>>, 'plainWeights'> & {
  /** One for each of `plain`. */
  readonly plainWeights?: number[];
};
/** The settings of a run of either kind. */
export type RunConfig =
  | ({ readonly kind: 'train' } & TrainConfig)
  | ({ readonly kind: 'pretrain' } & PretrainConfig);
/** What callers give: everything with a default may be left out. */
export type PretrainOptions = z.input<typeof pretrainSchema>;
export type PreviewOptions = z.input<typeof previewSchema>;
export type TrainOptions = z.input<typeof trainSchema>;

/** A configuration as it is written to `config.yaml`: nothing is left to be guessed. */
export type Resolved<T> = Omit<
  T,
  | keyof ResolvedAugmentation
  | 'size'
  | 'decoderChannels'
  | 'skips'
  | 'trainEncoder'
  | 'workers'
  | 'threads'
  | 'labels'
  | 'memory'
> &
  ResolvedAugmentation & {
    /** HxW. */
    readonly size: string;
    readonly decoderChannels: readonly number[];
    readonly skips: string;
    /** none, all or deep:K. */
    readonly trainEncoder: string;
    readonly workers: number;
    readonly threads: number;
    readonly labels: string;
    /** Bytes. */
    readonly memory: number;
  };
