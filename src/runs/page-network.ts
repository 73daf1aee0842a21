import * as z from 'zod';

/** A network's files as a page loads them: their names beside one another. */
export const PAGE_NETWORK_FILES = {
  facts: 'network.json',
  encoder: 'encoder.safetensors',
  weights: 'weights.safetensors',
} as const;

/** What a page has to know of a network before it loads the others. */
export const pageNetworkSchema = z.object({
  /** Of its run. */
  name: z.string(),
  kind: z.enum(['train', 'pretrain']),
  /** As `NetworkFiles` has them. */
  settings: z.record(z.string(), z.unknown()),
  /** What is to be loaded, in bytes. */
  bytes: z.number(),
  /** What an audit has found that each path contributes, by its name; null where the error does not fall. Absent without an audit. */
  shares: z.record(z.string(), z.number().nullable()).optional(),
});
export type PageNetworkFacts = z.output<typeof pageNetworkSchema>;
