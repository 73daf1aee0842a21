import * as z from 'zod';
import { setting } from '../settings/setting.ts';
import { count, encoderName, shared, text } from '../settings/shared.ts';

const { trainEncoder, decoder, size, batch, threads, kernels, device } = shared;

/** What fewmask can be compared with. */
const PEERS = ['pytorch'] as const;

/** What is timed, and how often. */
export const benchmarkSchema = z.strictObject({
  decoder,
  size,
  batch,
  runs: setting(
    count(1).default(9),
    'Speed',
    'Timed runs, of which the median counts. Two runs before them are not timed',
  ),
  threads,
  kernels,
  device,
  encoder: setting(
    text.optional(),
    'Network',
    'Encoder: a known name or a file. Without it the weights are random, which takes as long',
    { placeholder: 'name|file', path: encoderName },
  ),
  trainEncoder,
  consistency: setting(
    z.boolean().default(false),
    'Plain images',
    'Also time a step with as many plain images, which a teacher marks',
  ),
  profile: setting(z.boolean().default(false), 'Speed', 'Also show where the time of a training step goes'),
  compare: setting(
    z.enum(PEERS).optional(),
    'Speed',
    'Measure the same network also in another program. Both take turns, each in its own process',
  ),
  rounds: setting(count(1).default(3), 'Speed', 'Turns of --compare, of which the median counts'),
});

export type BenchmarkSettings = z.output<typeof benchmarkSchema>;

/** What callers give: everything may be left out. */
export type BenchmarkOptions = z.input<typeof benchmarkSchema>;
