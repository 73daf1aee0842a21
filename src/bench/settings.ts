import * as z from 'zod';
import { trainSchema } from '../settings/training.ts';

const { decoder, size, batch, threads, kernels, encoder } = trainSchema.shape;

/** What fewmask can be compared with. */
const PEERS = ['pytorch'] as const;

/** What is timed, and how often. Each description is also the help text of its flag. */
export const benchmarkSchema = z.strictObject({
  decoder,
  size,
  batch,
  runs: z
    .number()
    .int()
    .min(1)
    .default(9)
    .describe('timed runs, of which the median counts; two more come before'),
  threads,
  kernels,
  encoder: encoder.unwrap().optional().meta({
    description: 'encoder, a name or a file; without it random weights, which take as long',
  }),
  profile: z.boolean().default(false).describe('also where the time of a training step goes'),
  compare: z
    .enum(PEERS)
    .optional()
    .describe('measure in turn with the same network elsewhere, each in a process of its own'),
  rounds: z.number().int().min(1).default(3).describe('turns of --compare, of which the median counts'),
});

export type BenchmarkSettings = z.output<typeof benchmarkSchema>;

/** What callers give: everything may be left out. */
export type BenchmarkOptions = z.input<typeof benchmarkSchema>;
