import * as z from 'zod';
import { syntheticName } from '../data/folders/synthetic-name.ts';
import { setting } from './setting.ts';
import { count, text } from './shared.ts';

/** Whether a network learns from plain images beside those with masks. */
const CONSISTENCY = ['off', 'teacher', 'auto'] as const;

/** Whose pseudo-mask a plain image is held to. */
const PSEUDO_MASKS = ['own', 'shuffled'] as const;
export type PseudoMasks = (typeof PSEUDO_MASKS)[number];

/** The training images themselves, seen without their masks. */
export const LABELLED = 'labelled';
/** The images of the data folder that neither have one of the masks in use nor validate or test. */
export const REST = 'rest';

/** The spelling of what is no path: a word, or `synthetic:N`. */
const plainName = (given: string) => (given === LABELLED || given === REST ? given : syntheticName(given));

/** Which plain images a training takes, and how many at a time. */
export const PLAIN_CHOICE = ['plain', 'plainWeights', 'plainCount', 'plainBatch'] as const;

const share = z.number().min(0).max(1);

/** Where plain images come from, one or several. */
export const plainSources = ({ plain = REST }: { readonly plain?: string | readonly string[] }) =>
  [plain].flat();

/** How a training learns from plain images. */
export const consistencySettings = {
  consistency: setting(
    z.enum(CONSISTENCY).default('off'),
    'Plain images',
    'Learn from images without masks, too: a teacher, which is the average of the network, marks them, and the network has to mark another view of them alike. auto does so if there are any',
  ),
  pseudoRounds: setting(
    count(1).optional(),
    'Plain images',
    'Self-training, in place of --consistency: a network that learned from masks alone marks the plain images, the next one learns from these pseudo-masks, too, and so on: n new networks, the last of which is the run',
  ),
  plain: setting(
    z.union([text, z.array(text).min(1)]).optional(),
    'Plain images',
    'Folder of plain images. The default is rest: those of --data that neither have one of the masks in use nor validate or test, nor are duplicates of such. synthetic:N draws N images, and labelled takes the training images again: controls. Several: repeat the flag',
    { placeholder: 'dir', path: plainName, repeated: true },
  ),
  plainWeights: setting(
    z.union([z.array(z.number()), z.number(), text]).optional(),
    'Plain images',
    'Of several --plain: how much of a step is drawn of each, in their order, such as 3,1. By default in proportion to their numbers of images',
    { placeholder: 'list' },
  ),
  plainCount: setting(
    count(1).optional(),
    'Plain images',
    'How many of the plain images to use, drawn by the seed: fewer are among more. By default all',
  ),
  plainBatch: setting(
    count(1).optional(),
    'Plain images',
    'Plain images in each step (default: as many as --batch)',
  ),
  consistencyWeight: setting(
    z.number().min(0).default(1),
    'Plain images',
    'How much their loss counts, times the share of their pixels of which the teacher is sure',
  ),
  ramp: setting(
    share.default(0.3),
    'Plain images',
    'Share of the training in which that weight rises from 0',
  ),
  consistencyThreshold: setting(
    z.number().min(0.5).max(1).default(0.95),
    'Plain images',
    'How sure the teacher has to be of a pixel for it to count',
  ),
  cutmix: setting(
    share.default(0.5),
    'Plain images',
    'Probability that a plain image gets a rectangle of another one, its pseudo-mask alike',
  ),
  strongViews: setting(
    z.boolean().default(true),
    'Plain images',
    'Do not change the colours of the view that the network sees, a control',
  ),
  pseudoMasks: setting(
    z.enum(PSEUDO_MASKS).default('own'),
    'Plain images',
    'shuffled holds each plain image to the pseudo-mask of another one, a control',
  ),
};
