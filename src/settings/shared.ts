import * as z from 'zod';
import { FORMAT_NAMES } from '../annotations/format.ts';
import { DEFAULT_ENCODER, isEncoderName } from '../encoders/catalogue.ts';
import { VIEWS } from '../eval/views.ts';
import { DECODER_NAMES } from '../nn/model.ts';
import { SCHEDULE_NAMES } from '../nn/schedules.ts';
import { DEVICE_CHOICES } from '../runtime/device.ts';
import { KERNELS } from '../runtime/kernels.ts';
import { augmentation } from './augmentation.ts';
import { pixelSettings } from './pixels.ts';
import { setting } from './setting.ts';

/** Where the encoder's features are cached. */
const CACHE_FEATURES = ['auto', 'off', 'memory', 'disk'] as const;
export type CacheFeatures = (typeof CACHE_FEATURES)[number];

export const count = (least: number) => z.number().int().min(least);
export const text = z.string().min(1);
export const countOrText = z.union([count(1), text]);
/** Threads or jobs: more would take a machine's memory before any work. */
export const MOST_THREADS = 1024;
export const countOrAuto = z.union([count(1).max(MOST_THREADS), z.literal('auto')]).default('auto');

/** Over how many views of an image is averaged. */
export const views = z.literal(VIEWS);

/** What computes. Results of graphics processors differ from the processor's in their rounding. */
export const device = setting(
  z.enum(DEVICE_CHOICES).default('cpu'),
  'Speed',
  'What computes: the processor, or a graphics processor by WebGPU or CUDA (docs/gpu.md). auto takes one that is there, computes rightly and is faster',
  { mayDiffer: true, ofStudy: true },
);

/** What names an encoder without being a path. */
export const encoderName = (given: string) => (isEncoderName(given) ? given : undefined);

/** Which images belong together: patients, videos, slides. A check of folders has them, too. */
export const grouping = {
  groups: setting(
    text.optional(),
    'Data',
    'CSV file with the columns stem and group, such as patient, video or slide. A group never lies in two of training, validation and test',
    { placeholder: 'file', path: true, ofStudy: true },
  ),
  groupPattern: setting(
    text.optional(),
    'Data',
    'The same by a regular expression: what it finds in the name of an image, or its first parentheses, is the group, such as ^([^_]+)_',
    { placeholder: 'regex', ofStudy: true },
  ),
};

/** How a data folder is read. Whatever reads one has them. */
export const folderReading = {
  dataFormat: setting(
    z.enum(['auto', ...FORMAT_NAMES]).default('auto'),
    'Data',
    'What --data holds: folder is images/ and masks/, the others are annotations of tools (docs/formats.md). auto takes what is there, and refuses several',
    { ofStudy: true },
  ),
  maskSuffix: setting(
    text.optional(),
    'Data',
    'What names of masks have at their end after the name of their image, such as _mask',
    { placeholder: 'text', ofStudy: true },
  ),
  unmarked: setting(
    z.enum(['plain', 'background']).default('plain'),
    'Data',
    'What images without a single object are in annotations that do not tell whether anyone has looked at them (COCO, CVAT): plain images, or masks of background',
    { ofStudy: true },
  ),
};

/** Settings that pretraining, training and studies share. */
export const shared = {
  data: setting(
    text.optional(),
    'Data',
    'Folder with images/ and masks/, or images with annotations of a tool. Lists train.txt, val.txt and test.txt are optional',
    { placeholder: 'dir', path: true, ofStudy: true },
  ),
  ...folderReading,
  ...grouping,
  ...pixelSettings,
  encoder: setting(
    text.default(DEFAULT_ENCODER),
    'Network',
    'Encoder: a known name (see fewmask encoders), hf:OWNER/MODEL or a file: .safetensors, .pth, .h5, .onnx',
    { placeholder: 'name|file', path: encoderName },
  ),
  trainEncoder: setting(
    z.union([z.boolean(), text]).default(false),
    'Network',
    'Train the encoder, too: all of it, or deep:K, its K deepest stages; none keeps it frozen. Its batch norms keep their statistics',
    { placeholder: 'part' },
  ),
  encoderLr: setting(
    z.number().positive().default(0.1),
    'Training',
    "For a trained encoder: its learning rate, as a factor on the decoder's",
  ),
  freezeEpochs: setting(
    count(0).default(0),
    'Training',
    'For a trained encoder: keep it frozen in the first epochs',
  ),
  encoderInput: setting(
    text.default('own'),
    'Network',
    "Scale of the encoder's input. own is that of its own training, or what an ONNX file says. unit is [0, 1], symmetric is [-1, 1], imagenet its mean and deviation. Or mean and deviation of images in [0, 1], as 0.5,0.5,0.5/0.2,0.2,0.2",
    { placeholder: 'scale' },
  ),
  encoderTaps: setting(
    text.optional(),
    'Network',
    'Of an encoder that is an ONNX file: the outputs to take, as NAME,NAME. NAME@5 leaves out the first 5 tokens. By default all that can be used',
    { placeholder: 'names' },
  ),
  imageSkip: setting(
    z.boolean().default(false),
    'Network',
    'Of an encoder that is an ONNX file: the image itself is the shallowest skip. For the decoder unet',
  ),
  decoder: setting(z.enum(DECODER_NAMES).default('unet'), 'Network', 'Decoder', { ofStudy: true }),
  decoderChannels: setting(
    z.union([z.array(count(1)), text]).optional(),
    'Network',
    "Channels of the decoder's blocks, from deep to shallow, such as 256,128,64,32,16",
    { placeholder: 'list', ofStudy: true },
  ),
  skips: setting(
    countOrText.default('all'),
    'Network',
    'Skip connections, through which an autoencoder can copy without learning. all keeps them, none removes them. 2,3,4 keeps these levels (1 has stride 2, 4 has stride 16). drop:P removes each at random with probability P. gated multiplies each by a learned number',
    { placeholder: 'which' },
  ),
  gatePenalty: setting(
    z.number().min(0).default(0.01),
    'Network',
    "For gated skips: weight in the loss of the sum of the gates' absolute values",
  ),
  size: setting(
    countOrText.default(128),
    'Network',
    "Size of the network's input: N or HxW, in multiples of 32",
    { placeholder: 'px', ofStudy: true },
  ),
  batch: setting(count(1).default(16), 'Training', 'Images in each step', { ofStudy: true }),
  lr: setting(z.number().positive().default(1e-3), 'Training', 'Learning rate'),
  schedule: setting(
    z.enum(SCHEDULE_NAMES).default('constant'),
    'Training',
    'How the learning rate changes during training',
  ),
  warmupSteps: setting(count(0).default(0), 'Training', 'Steps in which the learning rate rises from 0'),
  optimizer: setting(z.enum(['adam', 'adamw', 'sgd']).default('adam'), 'Training', 'Optimizer'),
  momentum: setting(z.number().min(0).lt(1).default(0.9), 'Training', 'Momentum of sgd'),
  weightDecay: setting(z.number().min(0).default(0), 'Training', 'Weight decay'),
  average: setting(
    z.number().min(0).lt(1).default(0),
    'Training',
    'Average the weights over the steps, and validate, keep and test the averages: what a step keeps of them, such as 0.99. 0 means no averages',
  ),
  clipNorm: setting(
    z.number().min(0).default(0),
    'Training',
    'Largest global norm of the gradients. 0 means no clipping',
  ),
  normMomentum: setting(
    z.number().gt(0).max(1).default(0.1),
    'Training',
    "How far a step moves the running statistics of batch norm, as in PyTorch. 0.01 is Keras's 0.99",
  ),
  ...augmentation,
  shuffle: setting(
    z.boolean().default(true),
    'Training',
    'Take images in the order of the files. Otherwise each epoch has a new random order',
  ),
  labels: setting(
    countOrText.default('all'),
    'Data',
    'How many masks to use, those for validation included: a count, a percentage or all, such as 88 or 10%',
    { placeholder: 'masks', ofStudy: true },
  ),
  workers: setting(countOrAuto, 'Speed', 'Threads that read images and prepare batches', {
    placeholder: 'n',
    mayDiffer: true,
    ofStudy: true,
  }),
  threads: setting(countOrAuto, 'Speed', 'Threads that compute', {
    placeholder: 'n',
    mayDiffer: true,
    ofStudy: true,
  }),
  kernels: setting(
    z.enum(KERNELS).default('auto'),
    'Speed',
    'Convolutions. auto takes the blocked ones of the runtime if they pass a self-check',
    { ofStudy: true },
  ),
  device,
  memory: setting(
    z.union([z.number().positive(), text]).default('2GiB'),
    'Speed',
    'Memory for decoded images. Those that do not fit go into a temporary file',
    { placeholder: 'amount', mayDiffer: true, ofStudy: true },
  ),
  cacheFeatures: setting(
    z.enum(CACHE_FEATURES).default('auto'),
    'Speed',
    "Where to cache the encoder's features. If nothing but flips and turns is random, the encoder's inputs repeat and can be cached. auto caches those of an ONNX file, but not of other encoders, where reading takes as long as computing",
    { mayDiffer: true, ofStudy: true },
  ),
  strict: setting(
    z.boolean().default(false),
    'Data',
    'Refuse data with problems. Otherwise files that cannot be used are named and left out',
    { mayDiffer: true, ofStudy: true },
  ),
};

/** Of a training, and of those of a study. */
export const minSteps = setting(
  count(0).default(0),
  'Training',
  'Steps that are taken at least: with few masks more passes over them than --epochs',
  { ofStudy: true },
);

/** Of a training, and of those of a study. */
export const epochSteps = setting(
  count(1).optional(),
  'Training',
  'Steps of an epoch, after which it validates. By default an epoch is a pass over the images, which with few masks is short',
  { ofStudy: true },
);

/** Whether a part of the masks validates. */
export const validation = setting(
  z.union([z.boolean(), z.literal('auto')]).default(true),
  'Training',
  'auto validates after each epoch only where at least 10 of the masks can. Without validation all of them train, and the last weights are kept, not the best',
  { placeholder: 'when', ofStudy: true },
);

/** Settings of a single run, which a study gives to each of its runs. */
export const ofRun = {
  seed: setting(count(0).default(0), 'Training', 'Seed of all random choices', { ofStudy: true }),
  fold: setting(
    text.optional(),
    'Data',
    'Test on one of K equal parts of the images with masks, and train on the others: 2/5 is the second of five. For a folder without lists',
    { placeholder: 'n/K', ofStudy: true },
  ),
  maxSteps: setting(count(1).optional(), 'Training', 'Stop after this many steps', { ofStudy: true }),
  validation,
  patience: setting(
    count(0).default(0),
    'Training',
    'Stop after this many epochs without improvement. 0 means never',
    { ofStudy: true },
  ),
  init: setting(
    text.optional(),
    'Network',
    'Start from these weights, with the output layer: a .safetensors file',
    { placeholder: 'file', path: true, ofStudy: true },
  ),
};
