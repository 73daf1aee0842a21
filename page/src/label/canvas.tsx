import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { Point } from '../../../src/annotations/annotated-set.ts';
import {
  clamped,
  fitted,
  type Pair,
  panned,
  pinched,
  toImage,
  type Viewport,
  zoomed,
} from '../../../src/paint/viewport.ts';
import { fitPixels, placeIn } from '../canvas-pixels.ts';
import { opacity, radius, tool } from './brush.ts';
import { Drawing } from './drawing.ts';
import type { PaintSession } from './paint-session.ts';
import { Pointers } from './pointers.ts';
import { coloursOf, type Shown, Surface } from './surface.ts';

/** What others may ask of the canvas. */
export interface CanvasControl {
  showWhole(): void;
  zoom(factor: number): void;
}

/** Free around an image that is shown as a whole, in pixels of the screen. */
const MARGIN = 8;

/** The canvas that is painted on: by mouse, pen, fingers and keys. */
export function LabelCanvas({
  session,
  data,
  control,
}: {
  readonly session: PaintSession;
  readonly data: Shown;
  /** Is told how to zoom. */
  readonly control: (control: CanvasControl) => void;
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const board = useMemo(() => new Board(session, data), [session, data]);
  useEffect(() => {
    const end = board.attach(canvas.current!);
    control(board);
    return end;
  }, [board, control]);
  return (
    <canvas
      ref={canvas}
      class="board"
      tabIndex={0}
      aria-label={`mask of ${session.stem}; press ? for the keys`}
    />
  );
}

/** A canvas while it is painted on. */
class Board implements CanvasControl {
  readonly #drawing: Drawing;
  readonly #surface: Surface;
  #canvas: HTMLCanvasElement | undefined;
  #view: Viewport | undefined;
  #pointer: Point | undefined;
  #frame = 0;
  readonly #pointers = new Pointers();
  #pinch: { readonly from: Pair; readonly view: Viewport } | undefined;
  /** Where the acting pointer is, if it moves the image. */
  #grabbed: Point | undefined;

  constructor(
    readonly session: PaintSession,
    data: Shown,
  ) {
    this.#drawing = new Drawing(session);
    this.#surface = new Surface(session, coloursOf(data));
  }

  attach(canvas: HTMLCanvasElement): () => void {
    this.#canvas = canvas;
    const ends = [
      fitPixels(canvas, () => this.#resized()),
      ...[this.session.changes, this.session.shade.image, opacity, radius].map((each) =>
        each.subscribe(() => this.#draw()),
      ),
      tool.subscribe(() => {
        this.#drawing.settle();
        this.#draw();
      }),
      listening(canvas, 'pointerdown', (event) => this.#down(event)),
      listening(canvas, 'pointermove', (event) => this.#move(event)),
      listening(canvas, 'pointerup', (event) => this.#up(event)),
      listening(canvas, 'pointercancel', (event) => this.#up(event)),
      listening(canvas, 'pointerleave', () => this.#leave()),
      listening(canvas, 'dblclick', () => this.#drawing.close()),
      listening(canvas, 'wheel', (event) => this.#wheel(event)),
      listening(canvas, 'keydown', (event) => this.#key(event)),
      listening(canvas, 'contextmenu', (event) => event.preventDefault()),
    ];
    return () => {
      for (const end of ends) end();
      this.#drawing.settle();
      cancelAnimationFrame(this.#frame);
    };
  }

  showWhole(): void {
    this.#see(fitted(this.#sizes, MARGIN * devicePixelRatio));
  }

  zoom(factor: number): void {
    const { width, height } = this.#sizes.screen;
    if (this.#view) this.#see(zoomed(this.#view, factor, [width / 2, height / 2], this.#sizes));
  }

  get #sizes() {
    const { width, height } = this.#canvas!;
    return { image: this.session.size, screen: { width, height } };
  }

  #resized(): void {
    if (this.#view) this.#see(clamped(this.#view, this.#sizes));
    else this.showWhole();
  }

  #see(view: Viewport): void {
    this.#view = view;
    this.#draw();
  }

  /** At the next frame: whatever changes until then is drawn at once. */
  #draw(): void {
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      if (!this.#canvas || !this.#view) return;
      const { corners } = this.#drawing;
      this.#surface.show(this.#canvas, this.#view, { pointer: this.#pointer, corners });
    });
  }

  #down(event: PointerEvent): void {
    if (!this.#view) return;
    this.#canvas!.focus({ preventScroll: true });
    this.#canvas!.setPointerCapture(event.pointerId);
    const at = placeIn(this.#canvas!, event);
    const before = this.#pointers.acting;
    this.#pointers.down(event, at);
    this.#beginPinch();
    const { acting } = this.#pointers;
    if (before !== undefined && before !== acting) {
      // What that one has begun was not meant.
      if (!this.#grabbed) this.#drawing.takeBack();
      this.#grabbed = undefined;
    }
    if (acting !== event.pointerId) return;
    if (tool.value === 'move' || event.button !== 0) this.#grabbed = at;
    else this.#drawing.down(toImage(this.#view, at));
  }

  #move(event: PointerEvent): void {
    if (!this.#view) return;
    const at = placeIn(this.#canvas!, event);
    this.#pointers.move(event, at);
    const { acting, any, pair } = this.#pointers;
    if (this.#pinch && pair) {
      this.#see(pinched(this.#pinch.view, this.#pinch.from, pair, this.#sizes));
      return;
    }
    // Nor does one that hovers disturb a stroke, which may be the keyboard's.
    if (acting !== event.pointerId && (any || this.#drawing.drawing)) return;
    if (this.#grabbed) {
      const by: Point = [at[0] - this.#grabbed[0], at[1] - this.#grabbed[1]];
      this.#grabbed = at;
      this.#see(panned(this.#view, by, this.#sizes));
      return;
    }
    // All places between two frames: a quick stroke stays round.
    const passed = event.getCoalescedEvents?.() ?? [];
    for (const each of passed.length > 0 ? passed : [event])
      this.#drawing.move(toImage(this.#view, placeIn(this.#canvas!, each)));
    this.#pointer = toImage(this.#view, at);
    this.#draw();
  }

  #up(event: PointerEvent): void {
    const acts = this.#pointers.acting === event.pointerId;
    this.#pointers.up(event);
    this.#beginPinch();
    if (acts && !this.#grabbed) this.#drawing.up();
    if (acts) this.#grabbed = undefined;
  }

  /** Whenever other fingers are down than before. */
  #beginPinch(): void {
    const { pair } = this.#pointers;
    this.#pinch = pair && { from: pair, view: this.#view! };
  }

  #leave(): void {
    if (this.#drawing.drawing) return;
    this.#pointer = undefined;
    this.#draw();
  }

  #wheel(event: WheelEvent): void {
    event.preventDefault();
    if (!this.#view) return;
    const factor = Math.exp(-event.deltaY / (event.ctrlKey ? 100 : 400));
    this.#see(zoomed(this.#view, factor, placeIn(this.#canvas!, event), this.#sizes));
  }

  /** The keyboard has a pointer of its own. */
  #key(event: KeyboardEvent): void {
    if (!this.#view || event.ctrlKey || event.metaKey) return;
    const step = (event.shiftKey ? 20 : 2) / this.#view.scale;
    const by = ARROWS[event.key];
    if (by) {
      const from = this.#pointer ?? [this.session.size.width / 2, this.session.size.height / 2];
      this.#pointer = [from[0] + by[0] * step, from[1] + by[1] * step];
      this.#drawing.move(this.#pointer);
    } else if (event.key === ' ' && this.#pointer) this.#drawing.toggle(this.#pointer);
    else if (event.key === 'Enter') this.#drawing.close();
    else if (event.key === 'Escape') this.#drawing.cancel();
    else return;
    event.preventDefault();
    this.#draw();
  }
}

const ARROWS: Readonly<Record<string, Point>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** @returns what ends it */
function listening<Name extends keyof HTMLElementEventMap>(
  element: HTMLElement,
  name: Name,
  run: (event: HTMLElementEventMap[Name]) => void,
): () => void {
  element.addEventListener(name, run, { passive: false });
  return () => element.removeEventListener(name, run);
}
