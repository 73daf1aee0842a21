import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { label, paintable, radius, tool } from '../../page/src/label/brush.ts';
import { Drawing } from '../../page/src/label/drawing.ts';
import { PaintSession } from '../../page/src/label/paint-session.ts';
import { Shade } from '../../page/src/label/shade.ts';
import { type Actions, runShortcut } from '../../page/src/label/shortcuts.ts';

const [width, height] = [8, 8];

function drawingOn(value: number) {
  const planes = [new Uint8Array(width * height).fill(value)];
  const shade = new Shade('a', { image: { width, height } as ImageBitmap, deep: false });
  const session = new PaintSession('a', shade, { width, height, planes }, false);
  return { session, drawing: new Drawing(session) };
}

beforeEach(() => {
  tool.value = 'brush';
  label.value = 1;
  radius.value = 0.5;
});
afterEach(() => vi.unstubAllGlobals());

test('corners are given up with the polygon tool, and closing them then fills nothing', () => {
  const { session, drawing } = drawingOn(1);
  tool.value = 'polygon';
  for (const [x, y] of [
    [0, 0],
    [8, 0],
    [8, 8],
  ] as const)
    drawing.down([x, y]);
  tool.value = 'eraser';
  drawing.settle();
  drawing.close();
  expect(drawing.corners).toEqual([]);
  expect(session.labels().every((value) => value === 1)).toBe(true);
});

test('a stroke ends with its tool', () => {
  const { session, drawing } = drawingOn(0);
  drawing.down([1.5, 1.5]);
  tool.value = 'eraser';
  drawing.settle();
  drawing.move([6.5, 1.5]);
  drawing.up();
  expect(session.labels().filter(Boolean)).toHaveLength(1);
});

test('another pointer that is put down ends the stroke and begins its own', () => {
  const { session, drawing } = drawingOn(0);
  drawing.down([1.5, 1.5]);
  drawing.down([5.5, 5.5]);
  drawing.up();
  expect(session.labels().filter(Boolean)).toHaveLength(2);
  session.undo();
  expect(session.labels().filter(Boolean)).toHaveLength(1);
});

describe('a pointer that another takes over takes back what it has done, and nothing else', () => {
  test('with the brush', () => {
    const { session, drawing } = drawingOn(0);
    drawing.toggle([1.5, 1.5]);
    drawing.toggle([1.5, 1.5]);
    drawing.down([5.5, 5.5]);
    drawing.takeBack();
    expect(session.labels().filter(Boolean)).toHaveLength(1);
  });

  test('with fill: it is done once the pointer is up', () => {
    const { session, drawing } = drawingOn(0);
    tool.value = 'fill';
    drawing.down([1, 1]);
    drawing.takeBack();
    expect(session.labels().filter(Boolean)).toHaveLength(0);
    drawing.down([1, 1]);
    drawing.up();
    expect(session.labels().filter(Boolean)).toHaveLength(width * height);
    session.undo();
    drawing.toggle([1, 1]);
    expect([drawing.drawing, session.labels().filter(Boolean).length]).toEqual([false, width * height]);
  });

  test('with a polygon: its other corners stay', () => {
    const { session, drawing } = drawingOn(0);
    tool.value = 'polygon';
    const corners = [
      [0, 0],
      [8, 0],
      [8, 8],
      [0, 8],
    ] as const;
    // A palm before each tap of the pen.
    for (const corner of corners) {
      drawing.down([4, 4]);
      drawing.takeBack();
      drawing.down(corner);
      drawing.up();
    }
    drawing.takeBack();
    expect(drawing.corners).toEqual(corners);
    drawing.close();
    expect(session.labels().filter(Boolean)).toHaveLength(width * height);
    drawing.down([1, 1]);
    drawing.cancel();
    expect(drawing.corners).toEqual([]);
  });
});

const CLASSES = ['background', 'nucleus', 'membrane'].map((name) => ({ name, colour: '#ffffff' }));

test.each([
  { classes: CLASSES.slice(0, 2), multilabel: false, labels: [1] },
  { classes: CLASSES, multilabel: false, labels: [1, 2] },
  { classes: CLASSES.slice(1), multilabel: true, labels: [1, 2] },
])('keys choose the classes that there are: $labels', ({ labels, ...data }) => {
  vi.stubGlobal('HTMLInputElement', class {});
  const actions = { labels: paintable(data).map(({ value }) => value) } as unknown as Actions;
  const chosen = new Set<number>();
  for (const key of '123456789') {
    runShortcut({ key, preventDefault: () => {} } as unknown as KeyboardEvent, actions);
    chosen.add(label.value);
  }
  expect([...chosen]).toEqual(labels);
});
