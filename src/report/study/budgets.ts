import { masksIn } from '../../study/analysis/gaps.ts';
import type { Study } from '../model.ts';
import { type Content, type Html, html } from '../page/html.ts';

/** A budget of masks as the page calls it. */
export interface NamedBudget {
  readonly labels: string;
  /** `88 masks` */
  readonly title: string;
}

/** Ascending in masks; then those of which no run can be compared yet. */
export function budgetsOf({ findings, trainings, tables }: Study): NamedBudget[] {
  const compared = findings.budgets.map((budget) => ({ labels: budget.labels, title: masksIn(budget) }));
  const others = new Set([...tables.runs, ...trainings].map(({ labels }) => labels));
  for (const { labels } of compared) others.delete(labels);
  return [...compared, ...[...others].map((labels) => ({ labels, title: `${labels} masks` }))];
}

/** The budget of masks that is shown where one must do: the primary contrast's, else that with the most masks. */
export function shownLabels(study: Study): string | undefined {
  return study.findings.primary?.labels ?? budgetsOf(study).at(-1)?.labels;
}

/** The same for each of several budgets, under a heading each; those without content are left out. */
export function underHeadings<Budget extends NamedBudget>(
  budgets: readonly Budget[],
  bodyOf: (budget: Budget) => Content,
): Content {
  const parts = budgets.flatMap((budget): { title: string; body: Content }[] => {
    const body = bodyOf(budget);
    return body === undefined || body === false ? [] : [{ title: budget.title, body }];
  });
  if (budgets.length === 1) return parts.map(({ body }) => body);
  return parts.map(({ title, body }): Html => html`<h3>${title}</h3>\n${body}`);
}
