import type { Signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { Point } from '../../../src/annotations/annotated-set.ts';
import {
  clamped,
  fitted,
  type Pair,
  panned,
  pinched,
  type Viewport,
  zoomed,
} from '../../../src/paint/viewport.ts';
import { fitPixels, placeIn } from '../canvas-pixels.ts';
import type { Layers } from './layers.ts';
import { MODES, type ModeName, opacity, wipe } from './modes.ts';

/** Free around an image that is shown as a whole, in pixels of the screen. */
const MARGIN = 4;

/** How the image is shown in all panes; undefined: as a whole. */
export type SharedView = Signal<Viewport | undefined>;

interface Shown {
  readonly image: ImageBitmap;
  readonly layers: Layers;
  readonly mode: ModeName;
}

/** An image with what lies above it. It is moved and enlarged by mouse, fingers and keys, all panes alike. */
export function Pane({
  label,
  view,
  shown,
}: {
  readonly label: string;
  readonly view: SharedView;
  readonly shown: Shown;
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const board = useRef<Board>(undefined);
  useEffect(() => {
    const made = new Board(canvas.current!, view);
    board.current = made;
    return () => made.end();
  }, [view]);
  const { image, layers, mode } = shown;
  useEffect(() => board.current!.show({ image, layers, mode }), [image, layers, mode]);
  return <canvas ref={canvas} class="pane" tabIndex={0} role="img" aria-label={label} />;
}

/** A canvas while it is looked at. */
class Board {
  readonly #ends: readonly (() => void)[];
  readonly #fingers = new Map<number, Point>();
  #shown: Shown | undefined;
  #pinch: { readonly from: Pair; readonly view: Viewport } | undefined;
  #frame = 0;

  constructor(
    readonly canvas: HTMLCanvasElement,
    readonly view: SharedView,
  ) {
    const listening = new AbortController();
    const on = <Name extends keyof HTMLElementEventMap>(
      name: Name,
      run: (event: HTMLElementEventMap[Name]) => void,
    ) => canvas.addEventListener(name, run, { passive: false, signal: listening.signal });
    on('pointerdown', (event) => this.#down(event));
    on('pointermove', (event) => this.#move(event));
    on('pointerup', (event) => this.#up(event));
    on('pointercancel', (event) => this.#up(event));
    on('wheel', (event) => this.#wheel(event));
    on('keydown', (event) => this.#key(event));
    this.#ends = [
      fitPixels(canvas, () => this.#draw()),
      () => listening.abort(),
      () => cancelAnimationFrame(this.#frame),
      ...[view, opacity, wipe].map((each) => each.subscribe(() => this.#draw())),
    ];
  }

  end(): void {
    for (const end of this.#ends) end();
  }

  show(shown: Shown): void {
    this.#shown = shown;
    this.#draw();
  }

  get #sizes() {
    const { width, height } = this.canvas;
    const { image } = this.#shown!;
    return { image: { width: image.width, height: image.height }, screen: { width, height } };
  }

  get #now(): Viewport {
    const view = this.view.value;
    return view ? clamped(view, this.#sizes) : fitted(this.#sizes, MARGIN * devicePixelRatio);
  }

  #draw(): void {
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      if (this.#shown) this.#paint(this.#shown);
    });
  }

  #paint({ image, layers, mode }: Shown): void {
    const { canvas } = this;
    const context = canvas.getContext('2d')!;
    const view = this.#now;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.setTransform(view.scale, 0, 0, view.scale, view.left, view.top);
    context.imageSmoothingEnabled = view.scale < 1;
    context.drawImage(image, 0, 0);
    context.globalAlpha = opacity.value;
    const [left, right] = MODES[mode].layers.map((layer) => layers.picture(layer));
    const at = right ? Math.round(wipe.value * image.width) : image.width;
    layPart(context, left, 0, at);
    layPart(context, right, at, image.width);
    context.globalAlpha = 1;
    context.setTransform(1, 0, 0, 1, 0, 0);
    if (right) drawEdge(context, view.left + at * view.scale);
  }

  #down(event: PointerEvent): void {
    if (!this.#shown) return;
    this.canvas.focus({ preventScroll: true });
    this.canvas.setPointerCapture(event.pointerId);
    this.#fingers.set(event.pointerId, placeIn(this.canvas, event));
    if (this.#fingers.size === 2)
      this.#pinch = { from: [...this.#fingers.values()] as unknown as Pair, view: this.#now };
  }

  #move(event: PointerEvent): void {
    const before = this.#fingers.get(event.pointerId);
    if (!before) return;
    const at = placeIn(this.canvas, event);
    this.#fingers.set(event.pointerId, at);
    if (this.#pinch && this.#fingers.size === 2) {
      const to = [...this.#fingers.values()] as unknown as Pair;
      this.view.value = pinched(this.#pinch.view, this.#pinch.from, to, this.#sizes);
    } else if (this.#fingers.size === 1) {
      this.view.value = panned(this.#now, [at[0] - before[0], at[1] - before[1]], this.#sizes);
    }
  }

  #up(event: PointerEvent): void {
    this.#fingers.delete(event.pointerId);
    if (this.#fingers.size < 2) this.#pinch = undefined;
  }

  #wheel(event: WheelEvent): void {
    event.preventDefault();
    if (!this.#shown) return;
    const factor = Math.exp(-event.deltaY / (event.ctrlKey ? 100 : 400));
    this.view.value = zoomed(this.#now, factor, placeIn(this.canvas, event), this.#sizes);
  }

  #key(event: KeyboardEvent): void {
    if (!this.#shown || event.ctrlKey || event.metaKey || event.altKey) return;
    const { width, height } = this.canvas;
    const [by, factor] = [ARROWS[event.key], ZOOMS[event.key]];
    const step = 40 * devicePixelRatio;
    if (by) this.view.value = panned(this.#now, [by[0] * step, by[1] * step], this.#sizes);
    else if (factor) this.view.value = zoomed(this.#now, factor, [width / 2, height / 2], this.#sizes);
    else if (event.key === '0') this.view.value = undefined;
    else return;
    event.preventDefault();
  }
}

/** A picture between two columns of the image. */
function layPart(
  context: CanvasRenderingContext2D,
  picture: OffscreenCanvas | undefined,
  from: number,
  to: number,
): void {
  if (!picture || to <= from) return;
  context.drawImage(picture, from, 0, to - from, picture.height, from, 0, to - from, picture.height);
}

/** Dark below light: seen on any image. */
function drawEdge(context: CanvasRenderingContext2D, x: number): void {
  for (const [style, width] of [
    ['#000000', 4],
    ['#ffffff', 2],
  ] as const) {
    context.strokeStyle = style;
    context.lineWidth = width;
    context.beginPath();
    context.moveTo(x, 0);
    context.lineTo(x, context.canvas.height);
    context.stroke();
  }
}

const ARROWS: Readonly<Record<string, Point>> = {
  ArrowLeft: [1, 0],
  ArrowRight: [-1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
};
const ZOOMS: Readonly<Record<string, number>> = { '+': 1.25, '-': 1 / 1.25 };
