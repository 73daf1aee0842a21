import * as z from 'zod';
import { FORMAT_NAMES } from '../annotations/format.ts';
import { maskSettings } from './masks.ts';
import { overwriteSetting, pictures } from './output.ts';
import { parseSettings } from './parse.ts';
import { pixelSettings } from './pixels.ts';
import { setting } from './setting.ts';
import { count, countOrText, folderReading, grouping, MOST_THREADS, text } from './shared.ts';

/** What a check of data folders reads. */
export const checkSchema = z.strictObject({
  folder: setting(text, 'Data', 'Data folder, or folder of plain images', {
    argument: true,
    placeholder: 'dir',
  }),
  also: setting(
    z.array(text).default([]),
    'Data',
    'More folders, whose images are compared with those of the first',
    { argument: true },
  ),
  ...folderReading,
  ...maskSettings,
  ...grouping,
  size: setting(
    countOrText.default(256),
    'Data',
    "Size of the network's input, N or HxW: it is told what of the masks is too small to be seen at it",
    { placeholder: 'px' },
  ),
  ...pixelSettings,
  workers: setting(
    count(1).max(MOST_THREADS).optional(),
    'Speed',
    'Threads that read images (default: one for each core)',
  ),
});
export type CheckOptions = z.input<typeof checkSchema>;

/** Of annotations that are written in another format. */
export const convertSchema = z.strictObject({
  input: setting(text, 'Data', 'Folder of images and annotations, or file of annotations', {
    argument: true,
    placeholder: 'in',
  }),
  out: setting(text, 'Output', 'Folder to write', { argument: true, placeholder: 'out' }),
  to: setting(z.enum(FORMAT_NAMES), 'Output', 'Format to write'),
  from: setting(z.enum(FORMAT_NAMES).optional(), 'Data', 'Format to read (default: what is there)'),
  maskSuffix: folderReading.maskSuffix,
  maskValues: maskSettings.maskValues,
  classes: maskSettings.classes,
  ignore: maskSettings.ignore,
  polygons: setting(
    z.boolean().default(false),
    'Output',
    'Write pixels as outlines that can be corrected by hand, simplified within half a pixel',
  ),
  multilabel: setting(
    z.boolean().default(false),
    'Output',
    'Keep pixels of several classes: a folder of masks for each class',
  ),
  overwrite: overwriteSetting('Replace files of these names'),
});
export type ConvertOptions = z.input<typeof convertSchema>;

/** Of the list of known encoders. */
export const encodersSchema = z.strictObject({
  fetch: setting(z.boolean().default(false), 'Data', 'Fetch those that are missing, to work offline later'),
});
export type EncodersOptions = z.input<typeof encodersSchema>;

/** Of a report that is written anew. */
export const reportSchema = z.strictObject({
  folder: setting(text, 'Data', 'Folder of a run or a study', { argument: true, placeholder: 'dir' }),
  pictures,
  moreMasks: setting(
    count(1).optional(),
    'Study',
    'Of a study with several budgets of masks: say what so many masks more than the largest would buy (default: 20)',
    { placeholder: 'n' },
  ),
});
export type ReportOptions = z.input<typeof reportSchema>;

/** The folder of a run or a study. @throws UserError for what is no path */
export const folderIn = (folder: string): string =>
  parseSettings(reportSchema.pick({ folder: true }), { folder }).folder;
