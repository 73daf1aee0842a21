import * as z from 'zod';
import { networkOfRun, threads } from '../runs/settings.ts';
import { setting } from '../settings/setting.ts';
import { count, text } from '../settings/shared.ts';

/** Of an audit: which network, and on which images. */
export const auditSchema = z.strictObject({
  ...networkOfRun,
  images: setting(
    text.optional(),
    'Data',
    "Folder of images to audit on. A segmentation needs a data folder with masks (default: the run's test images)",
    { placeholder: 'dir' },
  ),
  outOfDomain: setting(
    text.optional(),
    'Data',
    'Folder of images of another kind, which an autoencoder has to reconstruct, too',
    { placeholder: 'dir' },
  ),
  class: setting(
    text.optional(),
    'Data',
    'Audit one class alone: the error of its probabilities, its Dice, and how well it can be read off each level (default: all)',
    { placeholder: 'name' },
  ),
  limit: setting(count(1).optional(), 'Data', 'Audit only the first n images by name'),
  threads,
});
export type AuditOptions = z.input<typeof auditSchema>;
