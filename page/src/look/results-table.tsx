import { signal } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import type { ResultView } from '../../../src/serve/look-api.ts';
import { runs, telling } from '../state.ts';
import { Headers } from './headers.tsx';
import { lookLink } from './place.ts';
import { loadResults } from './server.ts';
import { type Column, type Sorting, sorted } from './sorting.ts';

const best = ({ tests }: ResultView) => (tests.length > 0 ? Math.max(...tests) : undefined);

const COLUMNS: readonly Column<ResultView>[] = [
  { key: 'name', title: 'Name', value: ({ name }) => name },
  { key: 'state', title: 'State', value: ({ state }) => state },
  { key: 'masks', title: 'Masks', value: ({ masks }) => masks },
  { key: 'validation', title: 'Validation', value: ({ validation }) => validation, first: 'descending' },
  { key: 'test', title: 'Test', value: best, first: 'descending' },
  { key: 'date', title: 'Written', value: ({ date }) => date, first: 'descending' },
];

const sorting = signal<Sorting>({ key: 'date', direction: 'descending' });

/** All trainings and studies on this data. */
export function ResultsTable() {
  const [results, keep] = useState<readonly ResultView[]>();
  // Again whenever a training has come to an end.
  const states = runs.value.map(({ name, state }) => `${name} ${state}`).join();
  useEffect(() => {
    telling(loadResults).then((found) => found && keep(found));
  }, [states]);
  if (!results) return <p class="wait">Reading the runs …</p>;
  if (results.length === 0) return <p class="wait">There is no training yet: start one under Train.</p>;
  return (
    <div class="wide">
      <table class="results">
        <caption>Trainings and studies on this data; Dice of validation and test images</caption>
        <thead>
          <Headers columns={COLUMNS} sorting={sorting} />
        </thead>
        <tbody>
          {sorted(results, COLUMNS, sorting.value).map((result) => (
            <Result key={result.name} result={result} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Result({ result }: { readonly result: ResultView }) {
  const { kind, name, state, masks = '–', validation, tests, date, reported } = result;
  return (
    <tr>
      <th scope="row">
        {kind === 'run' ? <a href={lookLink({ run: name })}>{name}</a> : name}
        {kind === 'study' && <small> study</small>}
        {reported && (
          <a class="report" href={lookLink({ report: name })} aria-label={`Report of ${name}`}>
            Report
          </a>
        )}
      </th>
      <td>{state}</td>
      <td class="number">{masks}</td>
      <td class="number">{validation?.toFixed(3) ?? '–'}</td>
      <td class="number">{testText(tests)}</td>
      <td>{date === undefined ? '–' : new Date(date).toLocaleString()}</td>
    </tr>
  );
}

/** Of a study the lowest and the highest of its arms. */
function testText(tests: readonly number[]): string {
  if (tests.length < 2) return tests[0]?.toFixed(3) ?? '–';
  return `${Math.min(...tests).toFixed(3)} to ${Math.max(...tests).toFixed(3)}`;
}
