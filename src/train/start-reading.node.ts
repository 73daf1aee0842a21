import { inform, type Listener, warn } from '../core/events.ts';
import { readCheckpoint } from '../records/checkpoint.node.ts';
import { isRange } from '../settings/pixels.ts';
import { withReading } from '../settings/reading.node.ts';
import { type TrainConfig, trainSchema } from '../settings/training.ts';
import { weightsFile } from './start.node.ts';

/**
 * Settings of a training with the rule by which pixels are read. A network that starts from another one's weights knows images as
 * that one has read them: where the range of values is left to be found, it is the one that was found before.
 *
 * @throws UserError as `withReading` does, and if there are no weights to start from
 */
export async function withStartReading(config: TrainConfig, listener: Listener): Promise<TrainConfig> {
  const from = config.pretrained ?? config.init;
  if (from === undefined) return withReading(trainSchema, config, listener);
  const { metadata } = await readCheckpoint(weightsFile(from));
  const { intensity: before } = metadata;
  const known = before !== undefined && isRange(before);
  if (known && !isRange(config.intensity) && config.intensity !== 'full') {
    inform(
      listener,
      `pixels: ${before}, which become black to white, as in ${from}; --intensity says otherwise`,
    );
    return withReading(trainSchema, { ...config, intensity: before }, listener);
  }
  const settled = await withReading(trainSchema, config, listener);
  // What auto finds is what the whole range of a type is; another one was said.
  const said = config.intensity !== 'auto';
  if (said && before !== undefined && before !== settled.intensity) {
    warn(
      listener,
      `images are read with --intensity ${settled.intensity}, but those of ${from} with ${before}: the network may not know them`,
    );
  }
  return settled;
}
