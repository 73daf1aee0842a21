/** What runs know already of the images that they are scored on. */
export interface Seen {
  /** Images that were trained on with their masks, that validated, and that were learned from without masks, pretraining included. */
  readonly train: number;
  readonly validation: number;
  readonly plain: number;
  /** Others that look like one that was trained on or validated. Looked for in another data folder, if that of the run is still there. */
  readonly alike: number;
  /** Images that were scored. */
  readonly of: number;
  /** Which of them are known, by stem. */
  readonly images: readonly string[];
}

/** What an image was to a network. */
export type Use = keyof Pick<Seen, 'train' | 'validation' | 'plain' | 'alike'>;

/** `12 of 50 images are known to the network: 10 were trained on, 2 look like images that were trained on`. */
export function seenText({ of, images, ...counts }: Seen): string {
  const named = (Object.keys(WORDS) as Use[]).filter((use) => counts[use] > 0);
  const words = named.map((use) => `${counts[use]} ${WORDS[use]}`).join(', ');
  return `${images.length} of ${of} images are known to the network, so its scores there are no test: ${words}`;
}

const WORDS: Readonly<Record<Use, string>> = {
  train: 'trained it',
  validation: 'validated it',
  plain: 'were learned from without masks',
  alike: 'look like images that trained or validated it',
};
