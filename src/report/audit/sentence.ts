import { count } from '../../core/format.ts';
import type { AuditKind, AuditResult, Label, LabelOf } from '../../records/audit-result.ts';

const SENTENCES: { readonly [Kind in AuditKind]: Readonly<Record<LabelOf<Kind>, string>> } = {
  autoencoder: {
    'copies through skips': 'This autoencoder copies its input through the skip connections',
    mixed:
      'This autoencoder does more than copy, but what it shows comes mostly through the skip connections',
    'reconstructs from depth': 'This autoencoder makes its output from the deep part of the network',
    'explains nothing': 'This autoencoder explains nothing of its images',
    undecided: 'These images do not tell what this autoencoder does',
  },
  segmentation: {
    'relies on skips': 'This segmentation network decides by what comes through the skip connections',
    mixed: 'This segmentation network decides by skip connections and depth together',
    'relies on depth': 'This segmentation network decides by the deep part of the network',
    'explains nothing': 'This segmentation network explains nothing of its masks',
    undecided: 'These images do not tell what this segmentation network decides by',
  },
};

/** `10 images`; of a network of pieces `a piece of 128x128 pixels of each of 10 images`. */
export function auditedText({ images, piece }: Pick<AuditResult, 'images' | 'piece'>): string {
  const all = count(images, 'image');
  return piece === undefined ? all : `a piece of ${piece} pixels of each of ${all}`;
}

/** One sentence that says what an audit has found. */
export function auditSentence({ kind, verdict: { label }, class: name }: AuditResult): string {
  const sentences: Readonly<Partial<Record<Label, string>>> = SENTENCES[kind];
  const about = name === undefined ? '' : `For the class ${name}: `;
  return `${about}${sentences[label]} (${label}).`;
}
