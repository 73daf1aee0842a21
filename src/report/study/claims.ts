import { capital, missing, probability } from '../../core/format.ts';
import type { Claim } from '../../records/study-findings.ts';
import { CLAIMS, numbersOf, WORDS } from '../../study/analysis/claim-text.ts';
import { claimsNamed } from '../../study/analysis/verdict-text.ts';
import type { Study } from '../model.ts';
import { details, notesList } from '../page/details.ts';
import { type Content, type Html, html } from '../page/html.ts';
import { absent } from '../page/page.ts';
import { table } from '../page/table.ts';
import { budgetsOf, type NamedBudget, underHeadings } from './budgets.ts';

/** Every claim for every arm: the word, and the numbers that it rests on. */
export function claimsSection(study: Study): Content {
  const { claims } = study.findings;
  if (claims.length === 0) return absent('There are no two arms to compare yet.');
  return [
    html`<p>Supported: the test over seeds finds a difference (adjusted p below 0.05), the 95 % interval does not include “no difference”, and the difference is in the direction of the claim. Contradicted: the same in the other direction. Cannot be claimed: there are so few seeds that the test could not find a difference even if all of them agreed. No difference found: everything else.</p>`,
    underHeadings(budgetsOf(study), (budget) => matrix(study, budget)),
    notesList(study.findings.notes.map((note) => `${capital(note)}.`)),
    details(
      'The claims in words',
      html`<ul>${claims.map(({ sentence }) => html`<li>${sentence}</li>\n`)}</ul>`,
    ),
  ];
}

function matrix({ arms, findings }: Study, { labels }: NamedBudget): Html | undefined {
  const here = CLAIMS.map((known) => ({
    ...known,
    byArm: new Map(
      claimsNamed(findings, known.claim)
        .filter((claim) => claim.labels === labels)
        .map((claim) => [claim.arm, claim]),
    ),
  })).filter(({ byArm }) => byArm.size > 0);
  const compared = arms.filter((arm) => here.some(({ byArm }) => byArm.has(arm)));
  if (compared.length === 0) return undefined;
  return table({
    caption: `Against ${findings.baseline}. Beside each verdict stands p, adjusted for the number of arms (not for the primary contrast); below it the difference and its 95 % interval.`,
    columns: [{ title: 'Arm' }, ...here.map(({ title }) => ({ title }))],
    rows: compared.map((arm) => [
      armName(arm, findings.primary?.labels === labels ? findings.primary.arm : undefined),
      ...here.map(({ byArm }) => cell(byArm.get(arm))),
    ]),
  });
}

function cell(claim: Claim | undefined): Content {
  if (!claim) return missing;
  const word = html`class="word ${claim.verdict}">${WORDS[claim.verdict]}`;
  if (Number.isNaN(claim.estimate)) return html`<span ${word}</span><br><small>no image validates</small>`;
  const { estimate, interval } = numbersOf(claim);
  return html`<span ${word} <small>p ${probability(claim.p_holm)}</small></span><br><small>${estimate}${interval && ` (${interval})`}</small>`;
}

/** An arm's name, marked if the primary contrast is about it. */
export function armName(arm: string, primary: string | undefined): Content {
  return arm === primary ? html`${arm} <span class="tag">primary</span>` : arm;
}
