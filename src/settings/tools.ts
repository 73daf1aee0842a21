import * as z from 'zod';
import { pictures } from './output.ts';
import { setting } from './setting.ts';
import { count, grouping, text } from './shared.ts';

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
  ...grouping,
  workers: setting(count(1).optional(), 'Speed', 'Threads that read images (default: one for each core)'),
});
export type CheckOptions = z.input<typeof checkSchema>;

/** Of the list of known encoders. */
export const encodersSchema = z.strictObject({
  fetch: setting(z.boolean().default(false), 'Data', 'Fetch those that are missing, to work offline later'),
});
export type EncodersOptions = z.input<typeof encodersSchema>;

/** Of a report that is written anew. */
export const reportSchema = z.strictObject({
  folder: setting(text, 'Data', 'Folder of a run or a study', { argument: true, placeholder: 'dir' }),
  pictures,
});
export type ReportOptions = z.input<typeof reportSchema>;
