import * as z from 'zod';
import { maskSettings } from '../settings/masks.ts';
import { pixelSettings } from '../settings/pixels.ts';
import { setting } from '../settings/setting.ts';
import { folderReading, text } from '../settings/shared.ts';

export const serveSchema = z.strictObject({
  data: setting(text, 'Data', 'Data folder: images/, and masks/ that are there or are to be painted', {
    argument: true,
  }),
  ...maskSettings,
  ...folderReading,
  ...pixelSettings,
  runs: setting(text.default('runs'), 'Output', 'Folder for the trainings that are started on the page', {
    placeholder: 'dir',
  }),
  encoder: setting(
    text.optional(),
    'Network',
    'Encoder of these trainings: a known name or a file (default: that of train)',
    { placeholder: 'name|file' },
  ),
  port: setting(
    z.number().int().min(0).max(65535).default(4317),
    'Network',
    'Port to listen on; 0 takes a free one',
    {
      placeholder: 'n',
    },
  ),
  host: setting(
    text.default('127.0.0.1'),
    'Network',
    'Address to listen on. Any other than that of this machine alone opens the page to whoever has the link',
    { placeholder: 'address' },
  ),
});
export type ServeOptions = z.input<typeof serveSchema>;

/** How the images and masks of a folder are read. */
export const readingSchema = z.strictObject({ ...maskSettings, ...folderReading, ...pixelSettings });
export type ReadingSettings = z.output<typeof readingSchema>;
