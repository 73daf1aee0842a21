import { useSignal } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import type { Viewport } from '../../../src/paint/viewport.ts';
import type { DatasetView } from '../../../src/serve/api.ts';
import { linkTo, telling } from '../state.ts';
import { type LoadedImage, loadLooked } from './load-image.ts';
import { LookTools } from './look-tools.tsx';
import { choose, MODE_NAMES, MODES, modeFor } from './modes.ts';
import { Pane } from './pane.tsx';
import { goTo, lookLink } from './place.ts';
import { type Row, rowsOf, shownOf } from './rows.ts';
import { RunFacts } from './run-facts.tsx';
import { scoresOf } from './scores.ts';

interface Looked {
  readonly name: string;
  readonly other: string | undefined;
  readonly stem: string;
  readonly data: DatasetView;
}

/** One image: its mask, what a run makes of it, or two runs side by side. */
export function ImageView({ name, other, stem, data }: Looked) {
  const scores = [name, ...(other === undefined ? [] : [other])].map(scoresOf);
  const [loaded, keep] = useState<LoadedImage>();
  const view = useSignal<Viewport | undefined>(undefined);
  const image = data.images.find((each) => each.stem === stem);
  const masked = image?.masked;
  useEffect(() => {
    for (const each of scores) if (!each.view.value) each.load();
  }, [name, other]);
  useEffect(() => {
    const left = new AbortController();
    let opened: LoadedImage | undefined;
    view.value = undefined;
    if (masked === undefined) return;
    telling(() => loadLooked(stem, { data, runs: scores, masked }, left.signal)).then((found) => {
      opened = found;
      if (left.signal.aborted) found?.image.close();
      else keep(found);
    });
    return () => {
      left.abort();
      keep(undefined);
      opened?.image.close();
    };
  }, [stem, name, other, masked]);
  const rows = rowsOf(scores[0], scores[1]);
  const row = rows.find((each) => each.stem === stem);
  useKeys(stem, rows, { name, other });
  if (masked === undefined) return <p class="wait">There is no image {stem}.</p>;
  const ready = loaded?.stem === stem ? loaded : undefined;
  return (
    <div class="look-desk">
      <Top at={{ name, other, stem, data }} rows={rows} />
      <LookTools
        masked={masked}
        whole={() => {
          view.value = undefined;
        }}
      />
      <div class={other === undefined ? 'panes' : 'panes two'}>
        {scores.map((each, k) => (
          <section key={each.name} class="side" aria-label={`${stem} by ${each.name}`}>
            <RunFacts name={each.name} row={row} first={k === 0} loaded={ready?.runs[k]} />
            {ready ? (
              <Pane
                label={`${stem}: ${MODES[modeFor(masked)].title}, ${each.name}. Arrows move, + and - enlarge, 0 shows the whole`}
                view={view}
                shown={{ image: ready.image, layers: ready.runs[k].layers, mode: modeFor(masked) }}
              />
            ) : (
              <p class="wait pane">
                {each.name} predicts {stem} …
              </p>
            )}
          </section>
        ))}
      </div>
    </div>
  );
}

/** In the order of the table, as it is sorted and filtered. */
function neighbour(rows: readonly Row[], stem: string, by: number): string | undefined {
  const shown = shownOf(rows);
  const at = shown.findIndex((row) => row.stem === stem);
  return at < 0 && by < 0 ? undefined : shown[at + by]?.stem;
}

function Top({
  at: { name, other, stem, data },
  rows,
}: {
  readonly at: Looked;
  readonly rows: readonly Row[];
}) {
  const image = data.images.find((each) => each.stem === stem);
  const to = (by: number) => neighbour(rows, stem, by);
  const go = (by: number) => goTo({ run: name, other, stem: to(by) });
  return (
    <div class="look-head">
      <a href={lookLink({ run: name, other })}>Images of {name}</a>
      <h1>{stem}</h1>
      <span class="buttons">
        {!image?.readOnly && <a href={linkTo(stem)}>Correct</a>}
        <button type="button" onClick={() => go(-1)} disabled={to(-1) === undefined}>
          Before
        </button>
        <button type="button" onClick={() => go(1)} disabled={to(1) === undefined}>
          Next
        </button>
      </span>
    </div>
  );
}

/** N and the page keys go from image to image, numbers choose what is seen. */
function useKeys(stem: string, rows: readonly Row[], of: { readonly name: string; readonly other?: string }) {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const { key, target } = event;
      if (event.ctrlKey || event.metaKey || event.altKey || target instanceof HTMLSelectElement) return;
      const by = { n: 1, PageDown: 1, PageUp: -1 }[key];
      // Sliders have page keys of their own.
      if (key !== 'n' && by !== undefined && target instanceof HTMLInputElement) return;
      const mode = MODE_NAMES.find((each) => MODES[each].key === key);
      if (mode) choose(mode);
      else if (by !== undefined) {
        const next = neighbour(rows, stem, by);
        if (next !== undefined) goTo({ run: of.name, other: of.other, stem: next });
      } else return;
      event.preventDefault();
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  });
}
