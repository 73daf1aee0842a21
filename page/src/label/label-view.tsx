import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { type DatasetView, READ_ONLY } from '../../../src/serve/api.ts';
import { shown } from '../images/listing.ts';
import { loadPrediction } from '../server.ts';
import { linkTo, problem, refresh, runs, telling, textOf } from '../state.ts';
import { paintable } from './brush.ts';
import { type CanvasControl, LabelCanvas } from './canvas.tsx';
import { ContrastTool } from './contrast-tool.tsx';
import { anyUnsaved, LabelSession } from './session.ts';
import { type Actions, runShortcut } from './shortcuts.ts';
import { ShortcutsDialog } from './shortcuts-dialog.tsx';
import { Toolbar } from './toolbar.tsx';

addEventListener('beforeunload', (event) => {
  if (anyUnsaved()) event.preventDefault();
});

/** An image whose mask is painted. */
export function LabelView({ stem, data }: { readonly stem: string; readonly data: DatasetView }) {
  const { session, failed } = useSession(stem, data);
  const help = useRef<HTMLDialogElement>(null);
  const canvas = useRef<CanvasControl | null>(null);
  const control = useCallback((found: CanvasControl) => {
    canvas.current = found;
  }, []);
  // In the order in which they were shown; an image that is not among these is one of all.
  const listed = shown.value.some((each) => each.stem === stem) ? shown.value : data.images;
  const image = data.images.find((each) => each.stem === stem);
  const stems = listed.map((each) => each.stem);
  const neighbour = (by: number) => stems[stems.indexOf(stem) + by];
  const go = (by: number) => {
    const next = neighbour(by);
    if (next !== undefined) location.hash = linkTo(next);
  };
  const actions: Actions = {
    labels: paintable(data).map(({ value }) => value),
    undo: () => session?.undo(),
    redo: () => session?.redo(),
    whole: () => canvas.current?.showWhole(),
    zoom: (factor) => canvas.current?.zoom(factor),
    go,
    help: () => help.current?.showModal(),
  };
  useEffect(() => {
    const press = (event: KeyboardEvent) => runShortcut(event, actions);
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  });
  return (
    <div class="desk">
      <div class="line">
        <h1>{stem}</h1>
        {session && <SaveNote session={session} readOnly={image?.readOnly} />}
        <span class="buttons">
          {session && <PredictButton session={session} />}
          <button type="button" onClick={() => go(-1)} disabled={neighbour(-1) === undefined}>
            Before
          </button>
          <button type="button" onClick={() => go(1)} disabled={neighbour(1) === undefined}>
            Next
          </button>
        </span>
      </div>
      {session ? (
        <>
          <Toolbar data={data} actions={actions}>
            <ContrastTool shade={session.shade} />
          </Toolbar>
          <LabelCanvas session={session} data={data} control={control} />
        </>
      ) : failed === undefined ? (
        <p class="wait">Reading {stem} …</p>
      ) : (
        <p class="bad" role="alert">
          {failed}
        </p>
      )}
      <ShortcutsDialog dialog={help} />
    </div>
  );
}

/** Opens an image, and leaves it when another is wanted. @returns why it cannot be opened, once that is known */
function useSession(
  stem: string,
  data: DatasetView,
): { readonly session?: LabelSession; readonly failed?: string } {
  const [found, find] = useState<{ readonly of: string; session?: LabelSession; failed?: string }>();
  useEffect(() => {
    const left = new AbortController();
    let opened: LabelSession | undefined;
    LabelSession.open(stem, data, left.signal).then(
      (session) => {
        opened = session;
        if (left.signal.aborted) session?.close();
        else find({ of: stem, session });
      },
      (error) => {
        if (!left.signal.aborted) find({ of: stem, failed: textOf(error) });
      },
    );
    return () => {
      left.abort();
      find(undefined);
      // What was painted last is saved, then the list of images told of it.
      opened?.close().then((why) => {
        if (why !== undefined) problem.value = `What was painted on ${stem} is not saved: ${why}`;
        return refresh();
      });
    };
  }, [stem, data.multilabel]);
  return found?.of === stem ? found : {};
}

/** Takes over what the newest network makes of the image, to correct it. */
function PredictButton({ session }: { readonly session: LabelSession }) {
  const [busy, wait] = useState(false);
  const run = runs.value.find(({ state }) => state === 'done');
  if (!run) return null;
  const take = async () => {
    wait(true);
    await telling(async () => session.startFrom(await loadPrediction(session.stem, run.name)));
    wait(false);
  };
  return (
    <button type="button" onClick={take} disabled={busy}>
      {busy ? 'Predicting …' : `Start from ${run.name}`}
    </button>
  );
}

function SaveNote({
  session,
  readOnly,
}: {
  readonly session: LabelSession;
  readonly readOnly: keyof typeof READ_ONLY | undefined;
}) {
  if (readOnly) return <span class="bad">{READ_ONLY[readOnly]}</span>;
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
