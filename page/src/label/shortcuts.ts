import { grow, label, opacity, TOOL_NAMES, TOOLS, tool } from './brush.ts';

/** What keys do beside the canvas's own. */
export interface Actions {
  /** The labels that can be painted. */
  readonly labels: readonly number[];
  undo(): void;
  redo(): void;
  whole(): void;
  zoom(factor: number): void;
  go(by: number): void;
  help(): void;
}

interface Shortcut {
  /** As it is told. */
  readonly keys: string;
  readonly what: string;
  holds(event: KeyboardEvent): boolean;
  run(actions: Actions, event: KeyboardEvent): void;
}

const withControl =
  (key: string, shift = false) =>
  (event: KeyboardEvent) =>
    (event.ctrlKey || event.metaKey) && event.shiftKey === shift && event.key.toLowerCase() === key;
const plain = (key: string) => (event: KeyboardEvent) =>
  !event.ctrlKey && !event.metaKey && !event.altKey && event.key === key;

/** All shortcuts: they are handled and told from here. */
export const SHORTCUTS: readonly Shortcut[] = [
  ...TOOL_NAMES.map((name) => ({
    keys: TOOLS[name].key.toUpperCase(),
    what: TOOLS[name].title,
    holds: plain(TOOLS[name].key),
    run: () => {
      tool.value = name;
    },
  })),
  {
    keys: '1 .. 9',
    what: 'class',
    holds: ({ key, ctrlKey, metaKey }) => !ctrlKey && !metaKey && /^[1-9]$/.test(key),
    run: ({ labels }, { key }) => {
      if (labels.includes(Number(key))) label.value = Number(key);
    },
  },
  { keys: '[', what: 'smaller brush', holds: plain('['), run: () => grow(1 / 1.25) },
  { keys: ']', what: 'larger brush', holds: plain(']'), run: () => grow(1.25) },
  { keys: 'Ctrl Z', what: 'undo', holds: withControl('z'), run: (actions) => actions.undo() },
  {
    keys: 'Ctrl Shift Z, Ctrl Y',
    what: 'redo',
    holds: (event) => withControl('z', true)(event) || withControl('y')(event),
    run: (actions) => actions.redo(),
  },
  { keys: '+', what: 'zoom in', holds: plain('+'), run: (actions) => actions.zoom(1.25) },
  { keys: '-', what: 'zoom out', holds: plain('-'), run: (actions) => actions.zoom(1 / 1.25) },
  { keys: '0', what: 'whole image', holds: plain('0'), run: (actions) => actions.whole() },
  {
    keys: 'O',
    what: 'show or hide the mask',
    holds: plain('o'),
    run: () => {
      opacity.value = opacity.value > 0 ? 0 : 0.8;
    },
  },
  {
    keys: 'Page down, N',
    what: 'next image',
    holds: (event) => plain('PageDown')(event) || plain('n')(event),
    run: (actions) => actions.go(1),
  },
  { keys: 'Page up', what: 'image before', holds: plain('PageUp'), run: (actions) => actions.go(-1) },
  { keys: '?', what: 'these shortcuts', holds: plain('?'), run: (actions) => actions.help() },
];

/** Of the canvas, which takes the keyboard's pointer. */
export const CANVAS_KEYS: readonly { readonly keys: string; readonly what: string }[] = [
  { keys: 'arrows', what: 'move the pointer; with Shift ten times as far' },
  {
    keys: 'Space',
    what: 'put the pointer down, and up again: brush and eraser draw, fill fills, polygon sets a corner',
  },
  { keys: 'Enter', what: 'close the polygon' },
  { keys: 'Escape', what: 'give up what is under way' },
  { keys: 'wheel, two fingers', what: 'zoom and move' },
];

/** Runs the shortcut of a key, if it has one and no field is being written in. */
export function runShortcut(event: KeyboardEvent, actions: Actions): void {
  const { target } = event;
  const writing =
    target instanceof HTMLInputElement && !['radio', 'checkbox', 'range', 'button'].includes(target.type);
  if (writing) return;
  const found = SHORTCUTS.find((shortcut) => shortcut.holds(event));
  if (!found) return;
  event.preventDefault();
  found.run(actions, event);
}
