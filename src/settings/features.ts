import * as z from 'zod';
import type { ImageInMemory } from '../data/decode/memory.ts';
import { DEFAULT_ENCODER } from '../encoders/catalogue.ts';
import { overwriteSetting } from './output.ts';
import { pixelSettings } from './pixels.ts';
import { setting } from './setting.ts';
import { count, countOrAuto, countOrText, encoderName, shared, text } from './shared.ts';

/** Of which images which encoder's taps are computed. */
export const featuresSchema = z.strictObject({
  images: setting(
    z.array(z.union([text, z.custom<ImageInMemory>((image) => typeof image === 'object')])).readonly(),
    'Data',
    'Image files, or folders of them',
    { argument: true },
  ),
  ...pixelSettings,
  encoder: setting(
    text.default(DEFAULT_ENCODER),
    'Network',
    'Encoder: a known name (see fewmask encoders), hf:OWNER/MODEL or a file: .safetensors, .pth, .h5, .onnx',
    { placeholder: 'name|file', path: encoderName },
  ),
  encoderInput: shared.encoderInput,
  encoderTaps: shared.encoderTaps,
  size: setting(
    countOrText.default(128),
    'Network',
    "Size to which images are resized: N or HxW, in multiples of the encoder's largest stride",
    { placeholder: 'px' },
  ),
  batch: setting(count(1).default(16), 'Speed', 'Images that are computed together'),
  threads: setting(countOrAuto, 'Speed', 'Threads that compute', { placeholder: 'n' }),
});
export type FeaturesOptions = z.input<typeof featuresSchema>;

/** Where features go: without a folder they are returned. */
export const featuresOutputSchema = z.strictObject({
  out: setting(text.optional(), 'Output', 'Folder for the features: <stem>.<tap>.npy, float32 [C, H, W]', {
    placeholder: 'dir',
  }),
  overwrite: overwriteSetting('Replace files that exist'),
});
