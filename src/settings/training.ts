import * as z from 'zod';
import { DENOISE_TARGETS } from '../data/pretexts/denoise.ts';
import { PRETEXT_NAMES } from '../data/pretexts/index.ts';
import { MASK_FILLS, MASK_LOSSES } from '../data/pretexts/mask.ts';
import { DEFAULT_ENCODER } from '../encoders/catalogue.ts';
import { ENCODER_RANGES } from '../nn/encoder.ts';
import { DECODER_NAMES } from '../nn/model.ts';
import { SCHEDULE_NAMES } from '../nn/schedules.ts';
import { KERNELS } from '../runtime/kernels.ts';

/** Where the encoder's features are kept. */
const CACHE_FEATURES = ['auto', 'off', 'memory', 'disk'] as const;
export type CacheFeatures = (typeof CACHE_FEATURES)[number];

export const count = (least: number) => z.number().int().min(least);
export const text = z.string().min(1);
export const threadCount = (description: string) =>
  z
    .union([count(1), z.literal('auto')])
    .default('auto')
    .meta({ description, placeholder: 'n' });

/** Settings that pretraining, training and studies share. Each description is also the help text of its flag. */
export const common = {
  data: text.optional().meta({
    description: 'folder with images/, masks/ and optional train.txt, val.txt, test.txt',
    placeholder: 'dir',
  }),
  encoder: text.default(DEFAULT_ENCODER).meta({
    description: 'frozen encoder: a known name (fewmask encoders) or a .safetensors file',
    placeholder: 'name|file',
  }),
  encoderRange: z
    .enum(ENCODER_RANGES)
    .default('symmetric')
    .describe(
      'range of the images that the encoder is fed, which was trained on [-1, 1]; unit = [0, 1], a control',
    ),
  decoder: z.enum(DECODER_NAMES).default('unet').describe('decoder'),
  decoderChannels: z
    .union([z.array(count(1)), text])
    .optional()
    .meta({
      description: "channels of the decoder's blocks, deep to shallow, as 256,128,64,32,16",
      placeholder: 'list',
    }),
  skips: z
    .union([count(1), text])
    .default('all')
    .meta({
      description:
        'skip connections: all, none, levels to keep as 2,3,4 (1 = stride 2 .. 4 = stride 16), drop:P = each left out at random, gated = each times a learned number',
      placeholder: 'which',
    }),
  gatePenalty: z
    .number()
    .min(0)
    .default(0.01)
    .describe("of gated skips: weight of the sum of the numbers' absolute values in the loss"),
  size: z
    .union([count(1), text])
    .default(128)
    .meta({ description: 'network input, N or HxW, multiples of 32', placeholder: 'px' }),
  batch: count(1).default(16).describe('images a step'),
  lr: z.number().positive().default(1e-3).describe('learning rate'),
  schedule: z.enum(SCHEDULE_NAMES).default('constant').describe('course of the learning rate'),
  warmupSteps: count(0).default(0).describe('steps over which the learning rate rises from 0'),
  optimizer: z.enum(['adam', 'adamw', 'sgd']).default('adam').describe('optimizer'),
  momentum: z.number().min(0).lt(1).default(0.9).describe('momentum of sgd'),
  weightDecay: z.number().min(0).default(0).describe('weight decay'),
  clipNorm: z.number().min(0).default(0).describe('largest global norm of the gradients, 0 = no clipping'),
  normMomentum: z
    .number()
    .gt(0)
    .max(1)
    .default(0.1)
    .describe("how far batch norm's running statistics move in a step, as in PyTorch; 0.01 is Keras's 0.99"),
  augment: z.boolean().default(true).describe('random flips and 90° rotations'),
  brightness: z.number().min(0).max(1).default(0).describe('random brightness: a factor within 1 ± n'),
  contrast: z.number().min(0).max(1).default(0).describe('random contrast: a factor within 1 ± n'),
  saturation: z.number().min(0).max(1).default(0).describe('random saturation: a factor within 1 ± n'),
  hue: z.number().min(0).max(0.5).default(0).describe('random shift of hue within ± n turns'),
  shuffle: z.boolean().default(true).describe('a new order each epoch; otherwise file order, wrapping'),
  labels: z
    .union([count(1), text])
    .default('all')
    .meta({ description: 'budget of masks, validation included: 88, 10% or all', placeholder: 'masks' }),
  workers: threadCount('threads that decode images and assemble batches'),
  threads: threadCount('threads that compute'),
  kernels: z
    .enum(KERNELS)
    .default('auto')
    .describe("auto = the runtime's blocked convolutions where they pass a self-check"),
  memory: z
    .union([z.number().positive(), text])
    .default('2GiB')
    .meta({ description: 'room for decoded images', placeholder: 'amount' }),
  cacheFeatures: z
    .enum(CACHE_FEATURES)
    .default('auto')
    .describe(
      "where the encoder's features are kept if its inputs come again; auto = off, as fetching takes as long as computing",
    ),
  strict: z
    .boolean()
    .default(false)
    .describe('refuse data with problems; otherwise what cannot be used is named and left out'),
};

const run = {
  seed: count(0).default(0).describe('seed of all randomness'),
  maxSteps: count(1).optional().describe('stop after this many steps'),
  validation: z.boolean().default(true).describe('validate after every epoch and keep the best weights'),
  patience: count(0).default(0).describe('stop after this many epochs without improvement, 0 = never'),
  init: text.optional().meta({
    description: 'start from these weights, output layer included: a .safetensors file',
    placeholder: 'file',
  }),
};

export const noise = {
  sigma: z
    .number()
    .positive()
    .default(0.44)
    .describe('of denoise: standard deviation of the noise, images in [-1, 1]'),
  correlation: z
    .number()
    .min(1)
    .default(1)
    .meta({ description: 'of denoise: correlation length of the noise, 1 = white noise', placeholder: 'px' }),
};

const patches = {
  maskPatch: count(1)
    .default(16)
    .meta({ description: 'of mask: side of the patches that are hidden', placeholder: 'px' }),
  maskRatio: z.number().gt(0).lt(1).default(0.6).describe('of mask: share of the patches that are hidden'),
  maskFill: z
    .enum(MASK_FILLS)
    .default('mean')
    .describe("of mask: what takes their place; mean = the image's mean colour, zero = mid grey"),
};

const reduction = { factor: count(2).default(4).describe('of superres: how many times smaller') };

/** What decides a pretext task: which, and its settings; those of the others are not read. */
const pretextSettings = {
  pretext: text.default('identity').meta({
    description: `what the autoencoder has to undo: ${PRETEXT_NAMES.join(', ')}, or a mixture as denoise:2,mask:1, of which one is drawn for each image`,
    placeholder: 'name|mixture',
  }),
  ...noise,
  denoiseTarget: z
    .enum(DENOISE_TARGETS)
    .default('image')
    .describe('of denoise: what is asked for; noise = what was added, divided by sigma'),
  ...patches,
  maskLoss: z.enum(MASK_LOSSES).default('masked').describe('of mask: which pixels count'),
  ...reduction,
};
export type PretextSettings = z.output<z.ZodObject<typeof pretextSettings>>;

/** What decides how a task degrades an image, without what it asks for. */
const degradingSettings = { ...noise, ...patches, ...reduction };
export const DEGRADING_SETTINGS: readonly string[] = Object.keys(degradingSettings);

export const epochs = (usual: number) => count(1).default(usual).describe('passes over the images');

/** What weights of a pretrained decoder start from that read skips which were off in pretraining. */
const NEW_SKIPS = ['keep', 'zero', 'random'] as const;
export type NewSkips = (typeof NEW_SKIPS)[number];

/** What a pretraining does with the decoder. */
const PRETRAIN_METHODS = ['autoencoder', 'statistics'] as const;

const transductive = z
  .boolean()
  .default(false)
  .describe('pretrain on test images, too, and on duplicates of test and validation images');

export const pretrainSchema = z.strictObject({
  ...common,
  labels: z
    .union([count(1), text])
    .default('all')
    .meta({
      description:
        'budget of masks that training will have, of which part validates; several as 22x3,88 (x3 = three draws)',
      placeholder: 'masks',
    }),
  images: text.optional().meta({
    description:
      "folder of plain images, or as a control synthetic:N, N drawn ones; without it the data folder's training images",
    placeholder: 'dir',
  }),
  transductive,
  method: z
    .enum(PRETRAIN_METHODS)
    .default('autoencoder')
    .describe(
      'how the decoder is pretrained; statistics = not at all, but its batch norms get the statistics of their inputs, a control',
    ),
  ...pretextSettings,
  epochs: epochs(10),
  loss: z
    .enum(['mse', 'l1', 'ssim', 'l1+ssim', 'mse+ssim'])
    .default('mse')
    .describe('loss; ssim = 1 - structural similarity'),
  ...run,
});

export const trainSchema = z.strictObject({
  ...common,
  data: common.data.unwrap().meta(common.data.meta()!),
  subset: count(0).default(0).describe('which of several draws of as many masks'),
  epochs: epochs(20),
  loss: z.enum(['bce+dice', 'bce', 'dice']).default('bce+dice').describe('loss'),
  pretrained: text.optional().meta({
    description: 'take over the decoder of a pretraining run (its last weights) or of a file',
    placeholder: 'run',
  }),
  transfer: text.default('decoder').meta({
    description:
      'what is taken over of a pretrained decoder: decoder = all of it; as controls matched = mean and deviation of each tensor, shuffled = its values in random order, partial:K = the K deepest levels',
    placeholder: 'what',
  }),
  newSkips: z
    .enum(NEW_SKIPS)
    .default('keep')
    .describe("start of a pretrained decoder's weights for skips that were off; keep = those of the file"),
  degrade: text.default('none').meta({
    description: `as a control, training images are degraded as by a pretext task, their masks are not: none, ${PRETEXT_NAMES.join(', ')}, or a mixture as identity:1,denoise:1, of which one is drawn for each image`,
    placeholder: 'name|mixture',
  }),
  ...degradingSettings,
  ...run,
});

export const previewSchema = z.strictObject({
  data: common.data,
  images: text.optional().meta({ description: 'folder of plain images, or synthetic:N', placeholder: 'dir' }),
  ...pretextSettings,
  size: common.size,
  augment: common.augment,
  brightness: common.brightness,
  contrast: common.contrast,
  saturation: common.saturation,
  hue: common.hue,
  seed: run.seed,
  count: count(1).default(6).describe('images to show, the first by name'),
});

export type PretrainConfig = Resolved<z.output<typeof pretrainSchema>>;
export type PreviewConfig = z.output<typeof previewSchema>;
export type TrainConfig = Resolved<z.output<typeof trainSchema>>;
/** What callers give: everything with a default may be left out. */
export type PretrainOptions = z.input<typeof pretrainSchema>;
export type PreviewOptions = z.input<typeof previewSchema>;
export type TrainOptions = z.input<typeof trainSchema>;

/** A configuration as it is written to `config.yaml`: nothing is left to be guessed. */
export type Resolved<T> = Omit<
  T,
  'size' | 'decoderChannels' | 'skips' | 'workers' | 'threads' | 'labels' | 'memory'
> & {
  /** HxW. */
  readonly size: string;
  readonly decoderChannels: readonly number[];
  readonly skips: string;
  readonly workers: number;
  readonly threads: number;
  readonly labels: string;
  /** Bytes. */
  readonly memory: number;
};
