import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Point } from '../../src/annotations/annotated-set.ts';
import type { Edit } from '../../src/paint/edit.ts';
import { History } from '../../src/paint/history.ts';
import { emptyPainting, type Painting, paintingOf } from '../../src/paint/painting.ts';
import { fill, fillAll, polygon, replaceAll, stroke } from '../../src/paint/tools.ts';
import { drawn, lines, paints, places, planes, radii, size } from './naive.ts';

/** What a person does: uses a tool, begins a stroke and gives it up, goes back, goes forth again. */
type Act =
  | { readonly kind: 'change' | 'cancel'; readonly make: (edit: Edit) => void }
  | { readonly kind: 'undo' | 'redo' };

const onPlane = paints.chain((paint) => fc.nat(1).map((plane) => ({ ...paint, plane })));

const tools: fc.Arbitrary<(edit: Edit) => void> = fc.oneof(
  fc.tuple(lines, radii, onPlane).map(([points, radius, paint]) => (edit: Edit) => {
    // As a pointer tells it, place by place.
    points.forEach((to, i) => {
      stroke(edit, [points[i - 1] ?? to, to], { ...paint, radius });
    });
  }),
  fc.tuple(fc.array(places, { minLength: 3, maxLength: 5 }), onPlane).map(
    ([ring, paint]) =>
      (edit: Edit) =>
        polygon(edit, ring, paint),
  ),
  fc.tuple(fc.nat(22), fc.nat(16), onPlane).map(
    ([x, y, paint]) =>
      (edit: Edit) =>
        fill(edit, [x + 0.5, y + 0.5], paint),
  ),
  onPlane.map((paint) => (edit: Edit) => fillAll(edit, paint)),
  fc.tuple(planes, planes).map((others) => (edit: Edit) => replaceAll(edit, others)),
);

const acts: fc.Arbitrary<Act> = fc.oneof(
  { weight: 5, arbitrary: tools.map((make): Act => ({ kind: 'change', make })) },
  { weight: 1, arbitrary: tools.map((make): Act => ({ kind: 'cancel', make })) },
  { weight: 3, arbitrary: fc.constant<Act>({ kind: 'undo' }) },
  { weight: 2, arbitrary: fc.constant<Act>({ kind: 'redo' }) },
);

const bytesOf = ({ planes: all }: Painting) => all.map(drawn).join('\n\n');

/** Acts on a history; the changes that are kept, in their order, and those that could be redone, are known by a list. */
function played(start: Painting, history: History, list: readonly Act[]) {
  let done: ((edit: Edit) => void)[] = [];
  let undone: ((edit: Edit) => void)[] = [];
  for (const act of list) {
    if (act.kind === 'change') {
      // One that changes nothing is none.
      if (history.change(act.make)) [done, undone] = [[...done, act.make], []];
    } else if (act.kind === 'cancel') {
      act.make(history.begin());
      history.cancel();
    } else {
      const [from, to] = act.kind === 'undo' ? [done, undone] : [undone, done];
      const can = act.kind === 'undo' ? history.canUndo : history.canRedo;
      const box = history[act.kind]();
      expect(box !== undefined).toBe(can);
      if (box) to.push(from.pop()!);
    }
  }
  const replay = (makes: readonly ((edit: Edit) => void)[]) => {
    const fresh = new History(paintingOf(start, start.planes));
    for (const make of makes) fresh.change(make);
    return bytesOf(fresh.painting);
  };
  return { done, undone, replay };
}

const starts = fc.tuple(planes, planes).map((pair) => paintingOf(size, pair));

test('whatever is done, undone and redone is what the kept changes make of a fresh painting', () => {
  fc.assert(
    fc.property(starts, fc.array(acts, { maxLength: 25 }), (start, list) => {
      const history = new History(paintingOf(start, start.planes));
      const { done, undone, replay } = played(start, history, list);
      expect(bytesOf(history.painting)).toBe(replay(done));
      expect([history.canUndo, history.canRedo]).toEqual([done.length > 0, undone.length > 0]);
      while (history.redo());
      const last = bytesOf(history.painting);
      expect(last).toBe(replay([...done, ...undone.reverse()]));
      while (history.undo());
      expect(bytesOf(history.painting)).toBe(bytesOf(start));
      while (history.redo());
      expect(bytesOf(history.painting)).toBe(last);
    }),
    { numRuns: 150 },
  );
});

describe('memory', () => {
  test('is bounded: the oldest changes are forgotten, and stay done', () => {
    fc.assert(
      fc.property(
        starts,
        fc.array(tools, { maxLength: 25 }),
        fc.integer({ min: 300, max: 2500 }),
        (start, makes, bytes) => {
          const history = new History(paintingOf(start, start.planes), { bytes });
          const { done, replay } = played(
            start,
            history,
            makes.map((make) => ({ kind: 'change', make })),
          );
          // Of two planes at worst.
          expect(history.bytes).toBeLessThanOrEqual(Math.max(bytes, 256 + 2 * 3 * 23 * 17));
          let kept = 0;
          while (history.undo()) kept++;
          expect(kept).toBeGreaterThanOrEqual(Math.min(1, done.length));
          expect(bytesOf(history.painting)).toBe(replay(done.slice(0, done.length - kept)));
        },
      ),
      { numRuns: 100 },
    );
  });

  test('holds thousands of dots, and none that were undone and written over', () => {
    const history = new History(emptyPainting(size), { bytes: 10_000 });
    for (let i = 0; i < 5000; i++) {
      history.change((edit) => stroke(edit, [[i % 23, i % 17]], { label: 1 + (i % 7), radius: 2 }));
      expect(history.bytes).toBeLessThanOrEqual(10_000);
    }
    while (history.undo());
    history.change((edit) => fillAll(edit, { label: 9 }));
    // Nothing beside the one change.
    expect(history.bytes).toBeLessThan(1500);
    expect(history.canRedo).toBe(false);
  });

  test('of a change is little where there is little in it', () => {
    const large = { width: 4000, height: 3000 };
    const history = new History(emptyPainting(large));
    history.change((edit) => fillAll(edit, { label: 1 }));
    expect(history.bytes).toBeLessThan(300);
    history.change((edit) => stroke(edit, [[2000, 1500]], { label: 2, radius: 40 }));
    // 80 rows, a run each of at most 4 bytes, and what each change takes by itself.
    expect(history.bytes).toBeLessThan(300 + 256 + 80 * 4);
  });
});

describe('a stroke in progress', () => {
  const points: Point[] = Array.from({ length: 12 }, (_, i) => [2 * i, (i * i) % 15]);
  const begun = () => {
    const history = new History(emptyPainting(size));
    history.change((edit) => fillAll(edit, { label: 3 }));
    const before = bytesOf(history.painting);
    const edit = history.begin();
    for (let i = 1; i < points.length; i++) stroke(edit, [points[i - 1], points[i]], { label: 1, radius: 2 });
    return { history, before };
  };

  test('is one change', () => {
    const { history, before } = begun();
    history.end();
    history.undo();
    expect(bytesOf(history.painting)).toBe(before);
    expect(history.canUndo).toBe(true);
  });

  test('can be given up', () => {
    const { history, before } = begun();
    history.cancel();
    expect(bytesOf(history.painting)).toBe(before);
    expect(history.canRedo).toBe(false);
  });

  test('keeps others from beginning, and nothing is undone meanwhile', () => {
    const { history } = begun();
    const now = bytesOf(history.painting);
    expect(() => history.begin()).toThrow('an edit is open already');
    expect([history.canUndo, history.undo(), history.canRedo, history.redo()]).toEqual([
      false,
      undefined,
      false,
      undefined,
    ]);
    expect(bytesOf(history.painting)).toBe(now);
    history.end();
    expect(() => history.end()).toThrow('no edit is open');
    expect(() => history.cancel()).toThrow('no edit is open');
  });

  test('that changes nothing leaves what was undone', () => {
    const { history } = begun();
    history.end();
    history.undo();
    expect(history.change((edit) => stroke(edit, [[5, 5]], { label: 3, radius: 4 }))).toBeUndefined();
    expect(history.canRedo).toBe(true);
  });
});

test('a change whose making fails is none', () => {
  const history = new History(emptyPainting(size));
  const failing = () =>
    history.change((edit) => {
      fillAll(edit, { label: 1 });
      throw new Error('out of ink');
    });
  expect(failing).toThrow('out of ink');
  expect(history.painting).toEqual(emptyPainting(size));
  expect(history.change((edit) => fillAll(edit, { label: 1 }))).toEqual({ left: 0, top: 0, ...size });
});
