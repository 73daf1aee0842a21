import type { AuditKind, AuditResult, Label, LabelOf } from '../../records/audit-result.ts';

const SENTENCES: { readonly [Kind in AuditKind]: Readonly<Record<LabelOf<Kind>, string>> } = {
  autoencoder: {
    'copies through skips': 'This autoencoder copies its input through the skip connections',
    mixed:
      'This autoencoder does more than copy, but what it shows comes mostly through the skip connections',
    'reconstructs from depth': 'This autoencoder makes its output from the deep part of the network',
    'explains nothing': 'This autoencoder explains nothing of its images',
  },
  segmentation: {
    'relies on skips': 'This segmentation network decides by what comes through the skip connections',
    mixed: 'This segmentation network decides by skip connections and depth together',
    'relies on depth': 'This segmentation network decides by the deep part of the network',
    'explains nothing': 'This segmentation network explains nothing of its masks',
  },
};

/** One sentence that says what an audit has found. */
export function auditSentence({ kind, verdict: { label }, class: name }: AuditResult): string {
  const sentences: Readonly<Partial<Record<Label, string>>> = SENTENCES[kind];
  const about = name === undefined ? '' : `For the class ${name}: `;
  return `${about}${sentences[label]} (${label}).`;
}
