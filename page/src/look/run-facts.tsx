import { ERROR_KINDS } from '../../../src/paint/comparison.ts';
import type { LoadedImage } from './load-image.ts';
import { differenceOf, type Row, USES } from './rows.ts';
import { Score } from './score.tsx';
import { signed } from './signed.ts';

/** What is known of a run's mask of an image. */
export function RunFacts({
  name,
  row,
  first,
  loaded,
}: {
  readonly name: string;
  readonly row: Row | undefined;
  /** Whether it is the run, not the one that is compared with it. */
  readonly first: boolean;
  readonly loaded: LoadedImage['runs'][number] | undefined;
}) {
  if (!row) return <p class="facts">{name}</p>;
  const known = first ? row.own : row.other;
  const { iou, precision, recall, classes } = known.numbers;
  const counts = loaded?.layers.counts;
  const facts = [
    row.masked ? USES[known.use].title : 'without mask',
    ...Object.entries({ IoU: iou, precision, recall }).flatMap(([title, value]) =>
      row.masked && value !== undefined ? [`${title} ${value.toFixed(3)}`] : [],
    ),
    ...(classes ?? []).map((each) => `${each.name} ${each.dice.toFixed(3)}`),
    ...(counts
      ? ERROR_KINDS.flatMap(({ kind, title }) => (counts[kind] > 0 ? [`${counts[kind]} px ${title}`] : []))
      : []),
  ];
  return (
    <div class="facts">
      <p>
        <strong>{name}</strong> <Score masked={row.masked} known={known} />
        {!first && <span> difference {signed(differenceOf(row))}</span>}
      </p>
      <p>
        <small>{facts.join(', ')}</small>
      </p>
      {loaded?.problem !== undefined && <p class="bad">{loaded.problem}</p>}
    </div>
  );
}
