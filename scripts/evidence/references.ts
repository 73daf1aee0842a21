// Trains and audits networks whose making is known, on real images, and writes what is told beside every audit
// (src/audit/references.ts), the plots of docs/audit.md, and its tables to the terminal. Trainings are runs of the built program,
// as its users start it. About 40 minutes on two cores; what is done already is not done again:
//   npm run -s build && npx tsx scripts/evidence/references.ts --data DIR --encoder FILE [--work runs/references]
import { parseArgs } from 'node:util';
import { DECODER_NAMES } from '../../src/nn/model.ts';
import { required } from './support/flags.ts';
import { auditedNetworks } from './support/reference-networks.ts';
import { drawReferences } from './support/reference-plots.ts';
import { printReferences, referenceOf, writeReferences } from './support/reference-tables.ts';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    encoder: { type: 'string' },
    work: { type: 'string', default: 'runs/references' },
  },
});
const place = {
  data: required(values.data, '--data'),
  encoder: required(values.encoder, '--encoder'),
  work: values.work,
};
const audited = DECODER_NAMES.flatMap((decoder) => auditedNetworks(decoder, place));
const references = audited.map(referenceOf);
writeReferences(references);
printReferences(references);
drawReferences(audited, references);
