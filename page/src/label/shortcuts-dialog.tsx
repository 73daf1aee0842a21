import type { RefObject } from 'preact';
import { CANVAS_KEYS, SHORTCUTS } from './shortcuts.ts';

/** Tells the keys, once it is opened. */
export function ShortcutsDialog({ dialog }: { readonly dialog: RefObject<HTMLDialogElement | null> }) {
  return (
    <dialog ref={dialog} aria-label="Shortcuts">
      <h2>Shortcuts</h2>
      <dl>
        {[...SHORTCUTS, ...CANVAS_KEYS].map(({ keys, what }) => (
          <div key={keys}>
            <dt>{keys}</dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <form method="dialog">
        <button type="submit">Close</button>
      </form>
    </dialog>
  );
}
