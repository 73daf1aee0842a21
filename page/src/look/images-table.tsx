import { useEffect, useRef } from 'preact/hooks';
import { Thumbnail } from '../images/grid.tsx';
import { runs } from '../state.ts';
import { Headers } from './headers.tsx';
import { Measuring } from './measuring.tsx';
import { goTo, lookLink } from './place.ts';
import {
  columnsOf,
  differenceOf,
  FILTER_NAMES,
  FILTERS,
  filter,
  type Row,
  rowsOf,
  shownOf,
  sorting,
  USES,
  worthOf,
} from './rows.ts';
import { Score } from './score.tsx';
import { type RunScores, scoresOf } from './scores.ts';
import { useSeen } from './seen.ts';
import { modelOf, predictionsOf } from './server.ts';
import { signed } from './signed.ts';

/** The images of a run, the worst first. */
export function ImagesTable({ name, other }: { readonly name: string; readonly other: string | undefined }) {
  const scores = scoresOf(name);
  const others = other === undefined ? undefined : scoresOf(other);
  useEffect(() => {
    scores.load();
    others?.load();
  }, [scores, others]);
  if (!scores.view.value) return <p class="wait">Reading what {name} scored …</p>;
  const rows = rowsOf(scores, others);
  const shown = shownOf(rows);
  return (
    <>
      <Head name={name} other={other} />
      <div class="tools">
        <fieldset class="choice">
          <legend>Images</legend>
          {FILTER_NAMES.map((each) => (
            <label key={each}>
              <input
                type="radio"
                name="look-filter"
                checked={filter.value === each}
                onChange={() => {
                  filter.value = each;
                }}
              />
              {FILTERS[each].title} <small>{rows.filter(FILTERS[each].holds).length}</small>
            </label>
          ))}
        </fieldset>
        <Measuring open={openOf(shown, scores, others)} />
      </div>
      <Hint scores={scores} shown={shown} />
      {shown.length > 0 ? (
        <Table rows={shown} name={name} other={other} />
      ) : (
        <p class="wait">No image is like that.</p>
      )}
    </>
  );
}

/** What is left to be scored. */
function openOf(rows: readonly Row[], scores: RunScores, others: RunScores | undefined) {
  const left = (of: RunScores, key: 'own' | 'other') =>
    rows
      .filter(({ masked, [key]: { numbers } }) => {
        if (numbers.problem !== undefined || worthOf(numbers, masked) !== undefined) return false;
        return masked || of.view.value?.expects === true;
      })
      .map(({ stem }) => ({ scores: of, stem }));
  return [...left(scores, 'own'), ...(others ? left(others, 'other') : [])];
}

/** The run, which other it is compared with, and what can be taken away. */
function Head({ name, other }: { readonly name: string; readonly other: string | undefined }) {
  const choices = runs.value.filter((run) => run.name !== name && run.state === 'done');
  return (
    <div class="look-head">
      <a href={lookLink({})}>All runs</a>
      <h1>{name}</h1>
      <label>
        Compare with{' '}
        <select
          value={other ?? ''}
          onChange={({ currentTarget }) => goTo({ run: name, other: currentTarget.value || undefined })}
        >
          <option value="">no other run</option>
          {choices.map((run) => (
            <option key={run.name} value={run.name}>
              {run.name}
            </option>
          ))}
        </select>
      </label>
      <span class="buttons">
        <a href={lookLink({ report: name })}>Report</a>
        <a href={predictionsOf(name)} download>
          Predictions (zip)
        </a>
        <a href={modelOf(name)} download>
          Model (ONNX)
        </a>
      </span>
    </div>
  );
}

/** What is not known, and how to get it. */
function Hint({ scores, shown }: { readonly scores: RunScores; readonly shown: readonly Row[] }) {
  const { expects, views, tested } = scores.view.value!;
  const scored = shown.flatMap(({ masked, own }) => (masked ? (own.numbers.dice ?? []) : []));
  const seen = shown.some(
    ({ masked, own }) => masked && own.numbers.dice !== undefined && USES[own.use].seen,
  );
  const mean = scored.reduce((sum, dice) => sum + dice, 0) / scored.length;
  return (
    <>
      {scored.length > 0 && (
        <p class="line-of-facts">
          mean Dice {mean.toFixed(3)} of {scored.length} scored {scored.length === 1 ? 'image' : 'images'},{' '}
          {scored.filter((dice) => dice < 0.5).length} below 0.5
          {seen && '; some of them are no test, as the network has seen them'}
        </p>
      )}
      {views !== tested && (
        <p class="line-of-facts">
          Masks are made over {views} views of each image here, as what is expected of them is. The run was
          tested over {tested}: its recorded scores are of other masks, and not shown.
        </p>
      )}
      {!expects && shown.some(({ masked }) => !masked) && (
        <p class="line-of-facts">
          What to expect of images without a mask is not known. To find it out, run{' '}
          <code>npx fewmask expect</code> with the folder of {scores.name}, or, if that is the newest run,
          sort by it under Images.
        </p>
      )}
    </>
  );
}

/** Of a row, in pixels. */
const HEIGHT = 76;

/** Only the rows that are seen are in the page. */
function Table({
  rows,
  name,
  other,
}: {
  readonly rows: readonly Row[];
  readonly name: string;
  readonly other: string | undefined;
}) {
  const body = useRef<HTMLTableSectionElement>(null);
  const { first, last } = useSeen(body, rows.length, HEIGHT);
  const columns = columnsOf(name, other);
  const space = (count: number) =>
    count > 0 && (
      <tr>
        <td colSpan={columns.length} style={{ height: `${count * HEIGHT}px`, padding: 0 }} />
      </tr>
    );
  return (
    <table class="images" aria-rowcount={rows.length + 1}>
      <caption class="hidden">Images of {name}</caption>
      <thead>
        <Headers columns={columns} sorting={sorting} />
      </thead>
      <tbody ref={body}>
        {space(first)}
        {rows.slice(first, last).map((row, i) => (
          <tr key={row.stem} aria-rowindex={first + i + 2} style={{ height: `${HEIGHT}px` }}>
            <th scope="row">
              <a class="of-image" href={lookLink({ run: name, other, stem: row.stem })}>
                <Thumbnail stem={row.stem} />
                <span>
                  <span class="stem">{row.stem}</span>
                  <small>{row.masked ? USES[row.own.use].title : 'without mask'}</small>
                </span>
              </a>
            </th>
            <td>
              <Score masked={row.masked} known={row.own} />
            </td>
            {other !== undefined && (
              <>
                <td>
                  <Score masked={row.masked} known={row.other} />
                </td>
                <td class="number">{signed(differenceOf(row))}</td>
              </>
            )}
          </tr>
        ))}
        {space(rows.length - last)}
      </tbody>
    </table>
  );
}
