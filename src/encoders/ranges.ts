/** The images that an encoder is fed: scaled as in its own training, or as a control in [0, 1]. */
export const ENCODER_RANGES = ['own', 'unit'] as const;
export type EncoderRange = (typeof ENCODER_RANGES)[number];
