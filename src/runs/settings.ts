import * as z from 'zod';
import { TOOL_FORMATS } from '../annotations/format.ts';
import type { ImageInMemory } from '../data/decode/memory.ts';
import { isFirst, type Pages } from '../data/folders/pages.ts';
import { STRATEGIES, STRATEGY_NAMES } from '../expect/strategies.ts';
import type { OnnxElementType } from '../onnx/model.ts';
import { overwriteSetting } from '../settings/output.ts';
import { pixelSettings } from '../settings/pixels.ts';
import { setting } from '../settings/setting.ts';
import { count, countOrAuto, device, folderReading, text, views } from '../settings/shared.ts';

/** Parts of a run's masks that are held out in turn. */
export const foldsSetting = setting(
  count(2).default(5),
  'Training',
  'Networks that are trained anew, each without a part of the masks: more cost more time, and come nearer to the run itself',
  { placeholder: 'n' },
);

const RAW_TYPES = ['uint8', 'uint16', 'float32'] as const satisfies readonly OnnxElementType[];

const shareOfImage = z.number().min(0).max(1).default(0);

const WEIGHTS = ['auto', 'best', 'last'] as const;
/** Which weights of a run: `auto` = the best if the run validated, else the last. */
export type WeightsChoice = (typeof WEIGHTS)[number];

const SPLITS = ['test', 'validation', 'train', 'all'] as const;
/** Parts of a run's data; `all` = every image (with a mask). */
export type SplitChoice = (typeof SPLITS)[number];

/** Which network of which run. */
export const networkOfRun = {
  run: setting(text, 'Network', 'Folder of a run', { argument: true }),
  weights: setting(
    z.enum(WEIGHTS).default('auto'),
    'Network',
    'Weights of the run. auto takes the best if the run validated, else the last',
  ),
  encoder: setting(text.optional(), 'Network', "Encoder: a known name or a file (default: the run's)", {
    placeholder: 'name|file',
  }),
};

/** How networks are applied, and what is made of their probabilities. */
const application = {
  with: setting(
    z.array(text).readonly().default([]),
    'Prediction',
    'Another run: the probabilities of all runs are averaged, at the size of the first. Can be repeated',
    { placeholder: 'run' },
  ),
  views: setting(
    views.optional(),
    'Prediction',
    'Average over views of each image: 1 is the image, 4 adds its flips, 8 also quarter turns, for square sizes (default: as the run was tested)',
  ),
  scales: setting(
    z.union([z.array(z.number()).readonly(), z.number(), text]).default(1),
    'Prediction',
    "Average over sizes of the network's input, as factors on its own size, such as 0.75,1,1.25",
    { placeholder: 'list' },
  ),
  maskThreshold: setting(
    z.union([z.number().gt(0).lt(1), z.literal('auto')]).default(0.5),
    'Prediction',
    "Pixels are in the mask from this probability on. auto takes the one that was best on the run's validation images, if there were at least 10. Not of several classes that exclude each other",
    { placeholder: 'p' },
  ),
  fillHoles: setting(
    shareOfImage,
    'Prediction',
    'Fill holes of masks that are smaller than this share of the image, such as 0.01',
    { placeholder: 'share' },
  ),
  minArea: setting(
    shareOfImage,
    'Prediction',
    'Then remove parts of masks that are smaller than this share of the image, such as 0.001',
    { placeholder: 'share' },
  ),
};
/** How large images are cut. */
const tiling = {
  tile: setting(
    z.union([z.boolean(), count(1), text]).optional(),
    'Prediction',
    "Cut each image, at its own scale, into tiles that overlap by a quarter, and blend what the network makes of them: of the network's size, or of N or HxW pixels; off turns it off (default: off, on for a network that was trained with --crop)",
    { placeholder: 'px' },
  ),
  scale: setting(
    z.number().positive().optional(),
    'Prediction',
    'With --tile: resize images by this factor first, 0.5 to half their size (default: that of the training, or 1)',
  ),
};
/** What predict and evaluate do beyond pixels. */
const objects = (description: string) => setting(z.boolean().default(false), 'Prediction', description);

/** What is expected of masks. @param what is done with it */
const expectSetting = (what: string) =>
  setting(
    z.union([z.boolean(), z.number().gt(0).lt(1)]).optional(),
    'Prediction',
    `${what}: the expected Dice of each mask, and a lower bound that holds with this probability (default: 0.95). First run: fewmask expect RUN`,
    { placeholder: 'level' },
  );

/** Which pages of files. */
const pages = setting(
  pixelSettings.pages.unwrap().optional(),
  'Data',
  'Of files of several pages: first, the page N of each, or all, each an image of its own (default: as the run has read its images)',
  { placeholder: 'which' },
);

/** The pages that a run's network is applied to. By default of a run that has read the first ones it is told that there are others. */
export function pagesFor(
  { config }: { readonly config: { readonly pages?: Pages } },
  given: { readonly pages?: Pages },
): Pages {
  const { pages: own = 'auto' } = config;
  return given.pages ?? (isFirst(own) ? 'auto' : own);
}

export type ApplicationSettings = z.output<z.ZodObject<typeof application & typeof tiling>>;

export const threads = setting(countOrAuto, 'Speed', 'Threads that compute', { placeholder: 'n' });

export const evaluateSchema = z.strictObject({
  ...networkOfRun,
  data: setting(text.optional(), 'Data', "Another data folder than the run's", { placeholder: 'dir' }),
  ...folderReading,
  pages,
  split: setting(
    z.enum(SPLITS).default('test'),
    'Data',
    'Images to score: those that the run recorded. In another data folder the settings of the run split it',
  ),
  ...application,
  ...tiling,
  objects: objects(
    'Also count objects (connected parts of masks) that are found, missed and invented, at an IoU of 0.5',
  ),
  expect: expectSetting('Also check what is expected of masks against the truth'),
  threads,
  device,
});
export type EvaluateOptions = z.input<typeof evaluateSchema>;

export const predictSchema = z.strictObject({
  ...networkOfRun,
  images: setting(
    z.array(z.union([text, z.custom<ImageInMemory>((image) => typeof image === 'object')])).readonly(),
    'Data',
    'Image files, or folders of them',
    { argument: true },
  ),
  pages,
  strict: setting(
    z.boolean().default(false),
    'Data',
    'Refuse an image that cannot be used. Otherwise it is named and left out',
  ),
  ...application,
  ...tiling,
  objects: objects(
    "Also list the objects (connected parts) of each mask, at the image's own size: area, box, centroid, mean probability, in objects.csv",
  ),
  expect: expectSetting('Also say what to expect where there is no truth, in expected.csv'),
  batch: setting(count(1).default(16), 'Speed', 'Images, or tiles of one, that are computed together'),
  threads,
  device,
});
export type PredictOptions = z.input<typeof predictSchema>;

export const expectSchema = z.strictObject({ ...networkOfRun, folds: foldsSetting, threads });
export type ExpectOptions = z.input<typeof expectSchema>;

export const suspectsSchema = z.strictObject({
  run: setting(text, 'Network', 'Folder of a run; or with --out a data folder', { argument: true }),
  encoder: networkOfRun.encoder,
  folds: foldsSetting,
  plant: setting(
    count(0).default(0),
    'Training',
    'Also measure how well it works here: make so many masks wrong, in copies, train networks with them, and look how many are found. It takes as long again',
    { placeholder: 'n' },
  ),
  count: setting(count(0).default(40), 'Output', 'How many masks are shown with pictures', {
    placeholder: 'n',
  }),
  out: setting(
    text.optional(),
    'Output',
    'The argument is a data folder: train a network on all its masks first, with the usual settings, into this run folder',
    { placeholder: 'dir' },
  ),
  threads,
});
export type SuspectsOptions = z.input<typeof suspectsSchema>;

export const nextSchema = z.strictObject({
  ...networkOfRun,
  plain: setting(
    text.optional(),
    'Data',
    "Folder of images to choose from (default: those of the run's data folder that have no masks)",
    { placeholder: 'dir' },
  ),
  count: setting(count(1).default(20), 'Choice', 'How many images to choose', { placeholder: 'n' }),
  strategy: setting(
    z.enum(STRATEGY_NAMES).default('uncertain-diverse'),
    'Choice',
    `How they are chosen. ${STRATEGY_NAMES.map((name) => `${name}: ${STRATEGIES[name].what}`).join('. ')}`,
  ),
  trial: setting(
    z.union([z.boolean(), count(2)]).optional(),
    'Trial',
    "Try on the run's own masks whether choosing is better than drawing at random: so many times (default: 10) with other masks to start with. It trains four networks each time",
    { placeholder: 'draws' },
  ),
  start: setting(
    count(1).optional(),
    'Trial',
    'With --trial: masks that the networks know before images are chosen (default: as many as --count)',
    { placeholder: 'n' },
  ),
  threads,
});
export type NextOptions = z.input<typeof nextSchema>;

export const subgroupsSchema = z.strictObject({
  run: networkOfRun.run,
  encoder: networkOfRun.encoder,
  columns: setting(
    text.optional(),
    'Data',
    'CSV file with the column stem, and one more for each way to divide the images, such as device. Columns of many numbers are divided into thirds',
    { placeholder: 'file' },
  ),
  metric: setting(
    text.default('dice'),
    'Output',
    'Column of the scores: dice, nsd, of one of several classes dice:CLASS',
    { placeholder: 'name' },
  ),
});
export type SubgroupsOptions = z.input<typeof subgroupsSchema>;
export type SubgroupsSettings = z.output<typeof subgroupsSchema>;

export const cardSchema = z.strictObject({
  run: networkOfRun.run,
  encoder: networkOfRun.encoder,
  dataLicence: setting(text.optional(), 'Data', 'Licence of the data, such as CC-BY-4.0', {
    placeholder: 'text',
  }),
});
export type CardOptions = z.input<typeof cardSchema>;

/** Where predictions go: without a folder they are returned. */
export const predictOutputSchema = z.strictObject({
  out: setting(
    text.optional(),
    'Output',
    'Folder for the predictions: <stem>.png or <stem>.npy, or files of annotations',
    {
      placeholder: 'dir',
    },
  ),
  format: setting(
    z.enum(['png', 'npy', ...TOOL_FORMATS]).default('png'),
    'Output',
    "png: a mask (0 or 255) at the image's own size. npy: float32 probabilities [C, H, W] at the network's size. An autoencoder gives images. The others are annotations for tools, to correct them there: outlines of the mask's connected parts",
  ),
  overwrite: overwriteSetting('Replace files that exist'),
});

export const exportSchema = z.strictObject({
  ...networkOfRun,
  to: setting(
    z.enum(['onnx', 'smp']).default('onnx'),
    'Output',
    "onnx: a model for ONNX Runtime. smp: a state dict (.safetensors) for segmentation_models_pytorch's Unet",
  ),
  gates: setting(
    z.boolean().default(false),
    'Output',
    'Add an input skip_gates [5] to the ONNX model: factors of the four skip connections and the bottleneck',
  ),
  rawInput: setting(
    z.boolean().default(false),
    'Output',
    "An ONNX model that takes pixels as they are, [N, H, W, C] of any size and 1 to 4 channels: it resizes and scales them, and gives the output at the image's size, too",
  ),
  rawType: setting(
    z.enum(RAW_TYPES).default('uint8'),
    'Output',
    'With --raw-input: what the pixels are given as: values as the training had them (see its --intensity), or uint8 and float32 in 0..255, uint16 in 0..65535',
  ),
});
export type ExportOptions = z.input<typeof exportSchema>;

/** Of which run the files of a network are wanted. */
export const networkFilesSchema = z.strictObject(networkOfRun);
export type NetworkFilesOptions = z.input<typeof networkFilesSchema>;

/** Where an exported network goes. */
export const exportOutputSchema = z.strictObject({
  out: setting(text, 'Output', 'File to write: .onnx, or .safetensors of a state dict', {
    argument: true,
    placeholder: 'file',
  }),
  overwrite: overwriteSetting('Replace that file'),
});

/** Of which run a page is made. */
export const exportPageSchema = z.strictObject(networkOfRun);
export type ExportPageOptions = z.input<typeof exportPageSchema>;

/** Where an exported page goes. */
export const exportPageOutputSchema = z.strictObject({
  out: setting(text, 'Output', 'Folder of the page, new or empty', { placeholder: 'dir' }),
  overwrite: overwriteSetting('Replace an earlier page in that folder'),
});
