import { masksIn } from '../../study/analysis/gaps.ts';
import type { Study } from '../model.ts';
import { type Content, type Html, html } from '../page/html.ts';

/** A label count as the page calls it. */
export interface NamedCount {
  readonly labels: string;
  /** `88 masks` */
  readonly title: string;
}

/** Ascending in masks; then those of which no run can be compared yet. */
export function labelCounts({ findings, trainings, tables }: Study): NamedCount[] {
  const compared = findings.label_counts.map((count) => ({ labels: count.labels, title: masksIn(count) }));
  const others = new Set([...tables.runs, ...trainings].map(({ labels }) => labels));
  for (const { labels } of compared) others.delete(labels);
  return [...compared, ...[...others].map((labels) => ({ labels, title: `${labels} masks` }))];
}

/** The label count that is shown where one must do: the primary contrast's, else that with the most masks. */
export function shownLabels(study: Study): string | undefined {
  return study.findings.primary?.labels ?? labelCounts(study).at(-1)?.labels;
}

/** The same for each of several counts, under a heading each; those without content are left out. */
export function underHeadings<Count extends NamedCount>(
  counts: readonly Count[],
  bodyOf: (count: Count) => Content,
): Content {
  const parts = counts.flatMap((count): { title: string; body: Content }[] => {
    const body = bodyOf(count);
    return body === undefined || body === false ? [] : [{ title: count.title, body }];
  });
  if (counts.length === 1) return parts.map(({ body }) => body);
  return parts.map(({ title, body }): Html => html`<h3>${title}</h3>\n${body}`);
}
