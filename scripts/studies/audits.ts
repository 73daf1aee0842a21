import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { figuresOf } from '../../src/audit/figures.ts';
import { labelNetwork } from '../../src/audit/verdict.ts';
import type { AuditResult } from '../../src/records/audit-result.ts';
import { RUN } from '../../src/records/entries.ts';
import { readEntry } from '../../src/records/entry.node.ts';
import { studyPath } from '../../src/records/study-path.ts';

/** Where a pretraining's first network lies in the folder of its study. */
export const firstOf = (pretraining: string) => join(...studyPath(pretraining, 0, 'pretrain'));

/** The audits that a kept study has, by pretraining. */
export async function readAudits(folder: string): Promise<ReadonlyMap<string, AuditResult>> {
  const audits = new Map<string, AuditResult>();
  for (const name of await readdir(folder)) {
    const audit = await readEntry(join(folder, firstOf(name)), RUN.audit);
    if (audit) audits.set(name, audit);
  }
  return audits;
}

/** Where an audit contradicts itself, a sentence each: the skips' share, the sum of all shares, the label. */
export function contradictionsInAudit(name: string, audit: AuditResult): string[] {
  const { leak, label } = audit.verdict;
  const problems: string[] = [];
  const expect = (what: string, said: number | string, should: number | string) => {
    const same =
      typeof said === 'number' && typeof should === 'number'
        ? Math.abs(said - should) < 1e-6
        : said === should;
    if (!same) problems.push(`audit of ${name}: ${what} is ${said}, by its other figures ${should}`);
  };
  if (leak !== null) {
    const sum = (paths: AuditResult['paths']) =>
      paths.reduce((total, { shapley }) => total + (shapley ?? Number.NaN), 0);
    expect('the sum of all shares', sum(audit.paths), 1);
    const skips = audit.paths.filter((path) => path.name !== 'bottleneck');
    expect("the skips' share", leak, sum(skips));
  }
  expect('the label', label, labelNetwork(audit.kind, figuresOf(audit, leak)).label);
  return problems;
}
