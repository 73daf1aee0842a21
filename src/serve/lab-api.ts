import * as z from 'zod';

/** A network that the page can open. */
export const networkSchema = z.object({
  name: z.string(),
  /** `train` marks masks, `pretrain` paints images. */
  kind: z.enum(['train', 'pretrain']),
});
export type NetworkView = z.output<typeof networkSchema>;
export const networksSchema = z.array(networkSchema);
