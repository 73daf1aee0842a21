import { useCallback, useEffect, useRef } from 'preact/hooks';
import { type Labelled, paintable } from '../label/brush.ts';
import { type CanvasControl, LabelCanvas } from '../label/canvas.tsx';
import type { PaintSession } from '../label/paint-session.ts';
import { type Actions, runShortcut } from '../label/shortcuts.ts';
import { ShortcutsDialog } from '../label/shortcuts-dialog.tsx';
import { Toolbar } from '../label/toolbar.tsx';

/** The mask of an image, painted by hand. */
export function PaintDesk({
  session,
  classes,
  onClose,
  onForget,
  onStart,
}: {
  readonly session: PaintSession;
  readonly classes: Labelled;
  readonly onClose: () => void;
  readonly onForget: () => void;
  /** Begins with what the network marks. */
  readonly onStart: () => void;
}) {
  const help = useRef<HTMLDialogElement>(null);
  const canvas = useRef<CanvasControl | null>(null);
  const control = useCallback((found: CanvasControl) => {
    canvas.current = found;
  }, []);
  const actions: Actions = {
    labels: paintable(classes).map(({ value }) => value),
    undo: () => session.undo(),
    redo: () => session.redo(),
    whole: () => canvas.current?.showWhole(),
    zoom: (factor) => canvas.current?.zoom(factor),
    go: () => {},
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
        <h1>The mask of {session.stem}</h1>
        <span class="buttons">
          <button type="button" onClick={onStart}>
            Start from what it marks
          </button>
          <button type="button" onClick={onForget}>
            Throw away
          </button>
          <button type="button" class="main" onClick={onClose}>
            Done
          </button>
        </span>
      </div>
      <Toolbar data={classes} actions={actions} />
      <LabelCanvas session={session} data={classes} control={control} />
      <ShortcutsDialog dialog={help} />
    </div>
  );
}
