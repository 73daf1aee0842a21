import { UserError } from '../../core/errors.ts';
import { type PixelReading, USUAL } from '../decode/reading.ts';
import type { DataFolder } from '../folders/folder.node.ts';
import { type GivenIntensity, settleIntensity } from '../pixels/settle.node.ts';

/** What the user says of the pixels of images. */
export interface GivenPixels {
  readonly intensity: GivenIntensity;
  readonly channels?: readonly number[];
}

/** What is known of the pixels of a folder before its images are read one by one. */
export interface PixelMeaning {
  readonly reading: PixelReading;
  /** In one line. */
  readonly told?: string;
  readonly problems: readonly string[];
}

const NOTHING_SAID: GivenPixels = { intensity: 'auto' };

/** How the pixels of a folder are read, or why that has to be said; then as far as there is something to see in them. @param onFile after each image; what it throws ends it */
export async function pixelMeaningOf(
  data: DataFolder,
  given = NOTHING_SAID,
  onFile?: () => void,
): Promise<PixelMeaning> {
  try {
    return await settled(data, given, onFile);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const seen = await settled(data, {
      channels: [1],
      intensity: 'used',
      ...(given.channels && { channels: given.channels }),
    }).catch(() => undefined);
    return { reading: seen?.reading ?? USUAL, problems: [error.message] };
  }
}

async function settled(
  { root, samples }: DataFolder,
  { intensity, channels }: GivenPixels,
  onFile?: () => void,
): Promise<PixelMeaning> {
  const paths = samples.map(({ image }) => image);
  const {
    intensity: found,
    told,
    warnings,
  } = await settleIntensity({ name: root, paths, channels }, intensity, onFile);
  return {
    reading: { ...(found && { intensity: found }), ...(channels && { channels }) },
    ...(told && { told }),
    problems: warnings,
  };
}
