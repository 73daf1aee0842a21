import * as z from 'zod';
import type { PixelReading } from '../data/decode/reading.ts';
import { isFirst, type Pages } from '../data/folders/pages.ts';
import type { GivenIntensity } from '../data/pixels/settle.node.ts';
import { setting } from './setting.ts';

const NUMBER = '-?\\d+(?:\\.\\d+)?(?:e[-+]?\\d+)?';
const RANGE = new RegExp(`^(${NUMBER}):(${NUMBER})$`, 'i');
const PERCENTILE = /^percentile:(\d+(?:\.\d+)?)$/;

/** How the pixels of images are read, one rule for all of them. What is to be found in them is, before anything begins. */
export const pixelSettings = {
  intensity: setting(
    z
      .string()
      .refine((given) => parsed(given) !== undefined, 'full, used, percentile:P (below 50) or LOW:HIGH')
      .default('auto'),
    'Data',
    'Which stored values become black and white, one rule for all images. full: 8 bits as they are, of 16 bits the upper 8, floats in 0..1 or 0..255. used: the lowest and the highest value of all images. percentile:0.5: the same without the 0.5 % below and above. LOW:HIGH: these, such as 0:4095. auto: full, and it is told where it leaves little',
    { placeholder: 'range', ofStudy: true },
  ),
  channels: setting(
    z
      .union([
        z.int().min(1),
        z.string().regex(/^(auto|[1-9]\d*(,[1-9]\d*){0,2})$/, 'one to three numbers from 1'),
      ])
      .default('auto'),
    'Data',
    'Which channels of a file are red, green and blue, from 1, such as 3,2,1. A single one is grey; of two, blue is 0. auto takes grey or RGB, and no alpha',
    { placeholder: 'list', ofStudy: true },
  ),
  pages: setting(
    z.union([z.int().min(1), z.enum(['auto', 'first', 'all'])]).default('auto'),
    'Data',
    'Of files of several pages, such as TIFF stacks: first, the page N of each, or all, each an image of its own, called NAME_p1, NAME_p2, .. auto: first, and it is told where there are more',
    { placeholder: 'which', ofStudy: true },
  ),
};

export type PixelSettings = z.output<z.ZodObject<typeof pixelSettings>>;

function parsed(given: string): GivenIntensity | undefined {
  if (given === 'auto' || given === 'full' || given === 'used') return given;
  const percentile = PERCENTILE.exec(given);
  if (percentile) return Number(percentile[1]) < 50 ? { percentile: Number(percentile[1]) } : undefined;
  const [, low, high] = (RANGE.exec(given) ?? []).map(Number);
  return low < high ? { low, high } : undefined;
}

/** Whether it is said which values are black and white. */
export const isRange = (intensity: string) => RANGE.test(intensity);

/** What settings say of intensity. */
export function givenIntensity({ intensity = 'auto' }: Partial<PixelSettings>): GivenIntensity {
  return parsed(intensity) ?? 'auto';
}

/** Whether nothing is left to be found in the images. */
export function isReadingSettled(settings: Partial<PixelSettings>): boolean {
  const given = givenIntensity(settings);
  const range = given === 'full' || (typeof given === 'object' && 'low' in given);
  return range && settings.pages !== 'auto';
}

/** `0:4095`, or `full`. */
export function intensityText({ intensity }: PixelReading): string {
  return intensity ? `${intensity.low}:${intensity.high}` : 'full';
}

/** What settings say of the reading of pixels, as flags. */
export function readingText(settings: Partial<PixelSettings>): string {
  const reading = readingOf(settings);
  const pages = settledPages(settings);
  return `--intensity ${intensityText(reading)} --channels ${reading.channels?.join() ?? 'auto'}${pages === 'first' ? '' : ` --pages ${pages}`}`;
}

/** Which pages are meant, without what stands for the first. */
export function settledPages({ pages = 'auto' }: { readonly pages?: Pages }): Exclude<Pages, 'auto'> {
  return isFirst(pages) ? 'first' : pages;
}

/** How images are read by settings that are settled; by others, which have seen no images, as files usually are. */
export function readingOf(settings: Partial<PixelSettings>): PixelReading {
  const given = givenIntensity(settings);
  const channels = channelsOf(settings);
  return {
    ...(typeof given === 'object' && 'low' in given && { intensity: given }),
    ...(channels && { channels }),
  };
}

/** The channels that are named, if any. */
export function channelsOf({ channels = 'auto' }: Partial<PixelSettings>): readonly number[] | undefined {
  return channels === 'auto' ? undefined : String(channels).split(',').map(Number);
}
