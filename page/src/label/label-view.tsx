import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { DatasetView } from '../../../src/serve/api.ts';
import { shown } from '../images/listing.ts';
import { loadPrediction } from '../server.ts';
import { linkTo, refresh, runs, telling } from '../state.ts';
import { type CanvasControl, LabelCanvas } from './canvas.tsx';
import { ContrastTool } from './contrast-tool.tsx';
import { LabelSession } from './session.ts';
import { type Actions, runShortcut } from './shortcuts.ts';
import { ShortcutsDialog } from './shortcuts-dialog.tsx';
import { Toolbar } from './toolbar.tsx';

/** An image whose mask is painted. */
export function LabelView({ stem, data }: { readonly stem: string; readonly data: DatasetView }) {
  const [session, open] = useState<LabelSession>();
  useEffect(() => {
    let left = false;
    let opened: LabelSession | undefined;
    telling(() => LabelSession.open(stem, data)).then((found) => {
      opened = found;
      if (left) found?.shade.close();
      else open(found);
    });
    return () => {
      left = true;
      open(undefined);
      // What was painted last is saved, then the list of images told of it.
      opened?.close().then(refresh);
    };
  }, [stem, data.multilabel]);
  if (!session || session.stem !== stem) return <p class="wait">Reading {stem} …</p>;
  return <Desk session={session} data={data} />;
}

function Desk({ session, data }: { readonly session: LabelSession; readonly data: DatasetView }) {
  const help = useRef<HTMLDialogElement>(null);
  const canvas = useRef<CanvasControl | null>(null);
  const control = useCallback((found: CanvasControl) => {
    canvas.current = found;
  }, []);
  // In the order in which they were shown; an image that is not among these is one of all.
  const listed = shown.value.some(({ stem }) => stem === session.stem) ? shown.value : data.images;
  const stems = listed.map(({ stem }) => stem);
  const neighbour = (by: number) => stems[stems.indexOf(session.stem) + by];
  const go = (by: number) => {
    const next = neighbour(by);
    if (next !== undefined) location.hash = linkTo(next);
  };
  const actions: Actions = {
    undo: () => session.undo(),
    redo: () => session.redo(),
    whole: () => canvas.current?.showWhole(),
    zoom: (factor) => canvas.current?.zoom(factor),
    go,
    help: () => help.current?.showModal(),
  };
  useEffect(() => {
    const press = (event: KeyboardEvent) => runShortcut(event, actions);
    const leave = (event: BeforeUnloadEvent) => {
      if (session.saved.value !== 'saved') event.preventDefault();
    };
    addEventListener('keydown', press);
    addEventListener('beforeunload', leave);
    return () => {
      removeEventListener('keydown', press);
      removeEventListener('beforeunload', leave);
    };
  });
  return (
    <div class="desk">
      <div class="line">
        <h1>{session.stem}</h1>
        <SaveNote session={session} readOnly={data.readOnly} />
        <span class="buttons">
          <PredictButton session={session} />
          <button type="button" onClick={() => go(-1)} disabled={neighbour(-1) === undefined}>
            Before
          </button>
          <button type="button" onClick={() => go(1)} disabled={neighbour(1) === undefined}>
            Next
          </button>
        </span>
      </div>
      <Toolbar data={data} actions={actions}>
        <ContrastTool shade={session.shade} />
      </Toolbar>
      <LabelCanvas session={session} data={data} control={control} />
      <ShortcutsDialog dialog={help} />
    </div>
  );
}

/** Takes over what the newest network makes of the image, to correct it. */
function PredictButton({ session }: { readonly session: LabelSession }) {
  const [busy, wait] = useState(false);
  const run = runs.value.find(({ state }) => state === 'done');
  if (!run) return null;
  const take = async () => {
    wait(true);
    const found = await telling(() => loadPrediction(session.stem, run.name));
    if (found) session.startFrom(found);
    wait(false);
  };
  return (
    <button type="button" onClick={take} disabled={busy}>
      {busy ? 'Predicting …' : `Start from ${run.name}`}
    </button>
  );
}

function SaveNote({ session, readOnly }: { readonly session: LabelSession; readonly readOnly?: string }) {
  if (readOnly !== undefined) return <span class="bad">{readOnly}</span>;
  const { saved, problem } = session;
  return (
    <span class={saved.value === 'not saved' ? 'bad' : 'wait'} role="status">
      {saved.value}
      {problem.value !== undefined && `: ${problem.value} `}
      {saved.value === 'not saved' && (
        <button type="button" onClick={() => session.save()}>
          Try again
        </button>
      )}
    </span>
  );
}
