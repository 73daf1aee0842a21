import type { AuditResult } from '../index.ts';
import { auditedText, auditSentence } from '../report/audit/sentence.ts';
import { alignedTable } from './tables.ts';

/** What an audit found, for a terminal. */
export function auditText(result: AuditResult, page: string): string {
  const { kind, paths, reference, verdict } = result;
  const score = (each: AuditResult['reference'] | null) =>
    each === null ? '-' : 'psnr' in each ? each.psnr.toFixed(2) : each.dice.toFixed(4);
  const unit = kind === 'autoencoder' ? 'PSNR (dB)' : 'Dice';
  const share = (part: number | null) => (part === null ? '-' : `${(100 * part).toFixed(1)} %`);
  const table = alignedTable([
    ['path replaced', 'share', 'by its mean', "by another's", 'by zeros'],
    ...paths.map(({ name, shapley, mean, shuffle, zero }) => [
      name,
      share(shapley),
      score(mean),
      score(shuffle),
      score(zero),
    ]),
  ]);
  return [
    auditSentence(result),
    ...verdict.because.map((reason) => `- ${reason}`),
    '',
    `${unit} on ${auditedText(result)}: ${score(reference)} with all paths`,
    table,
    `all skips together: ${share(verdict.leak)}`,
    `report: ${page}`,
  ].join('\n');
}
