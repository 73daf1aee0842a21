import type { Box } from '../annotations/annotated-set.ts';
import type { Visit } from '../annotations/rasterise.ts';
import { Extent, joined } from './box.ts';
import type { Painting } from './painting.ts';
import { type Patch, PatchWriter, togglePatch } from './patch.ts';

/** What a tool writes. */
export interface Paint {
  /** 0 .. 255. An eraser's is the background, 0. */
  readonly label: number;
  /** Only pixels of this label are written: 0 keeps all classes that are there already. Absent: all pixels. */
  readonly over?: number;
  /** Which plane is written; the first if absent. */
  readonly plane?: number;
}

/** What an edit has changed: enough to undo it and to redo it. */
export interface Change {
  /** The smallest box that holds all changed pixels. */
  readonly box: Box;
  /** One a plane; empty where nothing has changed. */
  readonly patches: readonly Patch[];
}

/** Undoes a change that was done, or does it again after that. Other changes must not lie between. */
export function toggle({ planes }: Painting, { patches }: Change): void {
  for (const [i, patch] of patches.entries()) togglePatch(planes[i], patch);
}

/**
 * A change in the making, such as a stroke while the pointer is down. Tools write through it; of each row that one writes to, it
 * keeps what was there, so it needs at most as much memory as the painting.
 */
export class Edit {
  /** By plane and row, as they were. */
  readonly #before: (Uint8Array | undefined)[] = [];
  #box: Box | undefined;
  #open = true;

  constructor(readonly painting: Painting) {}

  /**
   * Writes a label to stretches of rows, which lie in the image.
   *
   * @returns a box that holds all that may have changed, to be painted anew; undefined if there was no stretch
   * @throws RangeError for a label or plane that there cannot be; Error if the edit has ended
   */
  write(paint: Paint, spans: (visit: Visit) => void): Box | undefined {
    this.#expectOpen();
    expectPaint(paint, this.painting);
    const { label, over, plane = 0 } = paint;
    const data = this.painting.planes[plane];
    const { width } = this.painting;
    const extent = new Extent();
    spans((y, from, to) => {
      this.#keep(plane, y);
      const [start, end] = [y * width + from, y * width + to];
      if (over === undefined) data.fill(label, start, end);
      else for (let i = start; i < end; i++) if (data[i] === over) data[i] = label;
      extent.add(y, from, to);
    });
    return this.#touched(extent.box);
  }

  /** Puts other labels in place of all. @param planes as many as the painting has, each as large */
  replace(planes: readonly Uint8Array[]): Box {
    this.#expectOpen();
    const { width, height } = this.painting;
    for (const [i, plane] of planes.entries()) {
      for (let y = 0; y < height; y++) this.#keep(i, y);
      this.painting.planes[i].set(plane);
    }
    return this.#touched({ left: 0, top: 0, width, height });
  }

  /** Ends it. @returns undefined if nothing has changed */
  end(): Change | undefined {
    const { planes } = this.painting;
    const extent = new Extent();
    const patches = planes.map((_, plane) => {
      const writer = new PatchWriter();
      this.#eachDifference(plane, (y, from, to, difference) => {
        const start = y * this.painting.width;
        writer.add(start + from, start + to, difference);
        extent.add(y, from, to);
      });
      return writer.finish();
    });
    this.#close();
    const { box } = extent;
    return box && { box, patches };
  }

  /** Ends it, and puts everything back as it was. @returns a box that holds all that may have changed */
  cancel(): Box | undefined {
    const { width, height, planes } = this.painting;
    this.#before.forEach((row, i) => {
      if (row) planes[Math.floor(i / height)].set(row, (i % height) * width);
    });
    const box = this.#box;
    this.#close();
    return box;
  }

  #touched<B extends Box | undefined>(box: B): B {
    this.#box = joined(this.#box, box);
    return box;
  }

  /** Has to be called before a row is written to. */
  #keep(plane: number, y: number): void {
    const { width, height, planes } = this.painting;
    this.#before[plane * height + y] ??= planes[plane].slice(y * width, (y + 1) * width);
  }

  #eachDifference(plane: number, visit: (y: number, from: number, to: number, difference: number) => void) {
    if (!this.#box) return;
    const { width, height, planes } = this.painting;
    const [left, right] = [this.#box.left, this.#box.left + this.#box.width];
    const data = planes[plane];
    for (let y = this.#box.top; y < this.#box.top + this.#box.height; y++) {
      const before = this.#before[plane * height + y];
      if (!before) continue;
      const start = y * width;
      for (let x = left; x < right; ) {
        const from = x++;
        const difference = data[start + from] ^ before[from];
        while (x < right && (data[start + x] ^ before[x]) === difference) x++;
        if (difference !== 0) visit(y, from, x, difference);
      }
    }
  }

  #expectOpen(): void {
    if (!this.#open) throw new Error('this edit has ended');
  }

  #close(): void {
    this.#expectOpen();
    this.#open = false;
    this.#before.length = 0;
    this.#box = undefined;
  }
}

function expectPaint({ label, over = 0, plane = 0 }: Paint, { planes }: Painting): void {
  for (const value of [label, over])
    if (!Number.isInteger(value) || value < 0 || value > 255) throw new RangeError(`no label: ${value}`);
  if (!planes[plane]) throw new RangeError(`no plane ${plane} among ${planes.length}`);
}
