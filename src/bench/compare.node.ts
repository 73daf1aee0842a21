import { fileURLToPath } from 'node:url';
import { UserError } from '../core/errors.ts';
import { type Listener, progressOf } from '../core/events.ts';
import { runProgram } from '../core/program.node.ts';
import { cachedFile } from '../encoders/cache.node.ts';
import { knownEncoder } from '../encoders/catalogue.ts';
import { mobileNetV2 } from '../encoders/mobilenetv2.ts';
import { randomSeed } from '../encoders/random.ts';
import { describeEncoder } from '../encoders/read.node.ts';
import { resNet18 } from '../encoders/resnet.ts';
import { type Comparison, compared, type FigureName } from './comparison.ts';
import { flagsFor } from './flags.ts';
import { median } from './median.ts';
import { type PeerEncoder, pythonWithTorch, pytorchTiming } from './pytorch.node.ts';
import type { BenchmarkSettings } from './settings.ts';
import type { Timing } from './timing.node.ts';
import { threadsOf } from './workload.node.ts';

const bin = fileURLToPath(new URL('../../bin/fewmask.js', import.meta.url));

/**
 * Measures fewmask and PyTorch in turn, each time in a new process, so that neither has the other's memory and what else the
 * machine does meets both.
 *
 * @param settings with an encoder that has been read before
 * @returns fewmask's medians over the rounds, and the comparison
 * @throws UserError if there is no PyTorch, or it fails
 */
export async function comparisonOf(
  settings: BenchmarkSettings,
  listener: Listener,
): Promise<Timing & { readonly compare: Comparison }> {
  const python = await pythonWithTorch();
  const encoder = encoderFor(settings);
  const rounds = [];
  const total = 2 * settings.rounds;
  const measured = progressOf(listener, 'measuring');
  for (let done = 0; done < total; done += 2) {
    measured(done, total);
    const ours = await ownTiming(settings);
    measured(done + 1, total);
    rounds.push({ ours, peer: await pytorchTiming(python, settings, encoder) });
  }
  const { tool, params } = rounds[0].peer;
  return {
    ...middle(rounds.map(({ ours }) => ours)),
    compare: { peer: tool, rounds: settings.rounds, params, ...compared(rounds) },
  };
}

/** The families that the script for PyTorch builds. */
const FAMILIES = [mobileNetV2.name, resNet18.name];

/**
 * What the peer's encoder is; of MobileNetV2 it takes the weights, too, others are random there.
 *
 * @throws UserError for an encoder that the peer does not build, or trains in part
 */
function encoderFor({ encoder, trainEncoder }: BenchmarkSettings): PeerEncoder {
  const train = trainEncoder === true || trainEncoder === 'all';
  if (!train && trainEncoder !== false && trainEncoder !== 'none') {
    throw new UserError({
      what: 'compare',
      got: `trainEncoder ${trainEncoder}`,
      expected: 'all of the encoder, which the script for PyTorch trains',
      fix: 'say --train-encoder alone, or leave out --compare',
    });
  }
  if (encoder === undefined || randomSeed(encoder) !== undefined) return { family: mobileNetV2.name, train };
  const { name } = describeEncoder(encoder);
  if (!FAMILIES.includes(name)) {
    throw new UserError({
      what: 'compare',
      got: `the encoder ${name}`,
      expected: `${FAMILIES.join(' or ')}, which the script for PyTorch builds`,
      fix: 'leave out --encoder or --compare',
    });
  }
  if (name !== mobileNetV2.name) return { family: name, train };
  const known = knownEncoder(encoder);
  return { family: name, train, file: known ? cachedFile(known) : encoder };
}

async function ownTiming(settings: BenchmarkSettings): Promise<Timing> {
  const { decoder, size, batch, runs, kernels, encoder, trainEncoder } = settings;
  const flags = flagsFor({
    ...{ decoder, size, batch, runs, kernels, encoder, threads: threadsOf(settings) },
    'train-encoder': trainEncoder,
  });
  const { stdout } = await runProgram(process.execPath, [bin, 'bench', ...flags, '--json']);
  return JSON.parse(stdout) as Timing;
}

/** What was measured, as medians; the rest is the same in all. */
function middle(timings: readonly Timing[]): Timing {
  const over = (name: 'decoder_step_ms' | FigureName) => median(timings.map((timing) => timing[name]));
  const [trainMs, inferMs] = [over('train_step_ms'), over('infer_ms')];
  const { batch } = timings[0];
  return {
    ...timings[0],
    decoder_step_ms: over('decoder_step_ms'),
    train_step_ms: trainMs,
    encoder_ms: over('encoder_ms'),
    infer_ms: inferMs,
    train_images_per_s: (1000 * batch) / trainMs,
    infer_images_per_s: (1000 * batch) / inferMs,
    peak_rss_mb: over('peak_rss_mb'),
  };
}
