/** What costs nothing, as it is told: by its name in tables. */
export const BASELINES = {
  otsu: "Otsu's threshold of brightness",
  mean_mask: 'the same mask for all images',
  nearest: 'the mask of the most similar training image',
} as const satisfies Readonly<Record<string, string>>;

export type BaselineName = keyof typeof BASELINES;
export const BASELINE_NAMES = Object.keys(BASELINES) as BaselineName[];

/** In words; a name that is not known as it is. */
export const baselineText = (name: string): string =>
  Object.hasOwn(BASELINES, name) ? BASELINES[name as BaselineName] : name;
