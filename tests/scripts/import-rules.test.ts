import { describe, expect, test } from 'vitest';
import { importsOf, type Layout, problemsOf } from '../../scripts/import-rules.ts';

const layout: Layout = {
  rooms: ['core', 'ops'],
  top: ['index.ts'],
  owners: { tar: 'ops' },
  nodePackages: ['tar'],
};

/** Sources that break no rule. */
const sound = {
  'core/shape.ts': 'export const shape = 1;',
  'core/files.node.ts': "import { readFileSync } from 'node:fs';",
  'ops/conv.ts':
    "import { shape } from '../core/shape.ts';\nimport type { Read } from '../core/files.node.ts';",
  'ops/pack.node.ts': "import { pack } from 'tar';\nimport { shape } from '../core/shape.ts';",
  'index.ts': "import { pack } from './ops/pack.node.ts';",
};

const problems = (changed: Readonly<Record<string, string>>) =>
  problemsOf(new Map(Object.entries({ ...sound, ...changed })), layout);

test('sound sources have no problem', () => expect(problems({})).toEqual([]));

describe('circles', () => {
  const circle = 'core/a.ts -> core/b.ts -> core/c.ts -> core/a.ts: a circle of imports';

  test('of values are told once, with the way around', () => {
    expect(
      problems({
        'core/a.ts': "import { b } from './b.ts';",
        'core/b.ts': "import { type C, c } from './c.ts';",
        'core/c.ts': "export * from './a.ts';",
        'core/into.ts': "import { a } from './a.ts';",
      }),
    ).toEqual([circle]);
  });

  test('that a type closes are none', () => {
    const back = "import type { A } from './a.ts';";
    expect(problems({ 'core/a.ts': "import { b } from './b.ts';", 'core/b.ts': back })).toEqual([]);
  });

  test('of a file with itself', () => {
    expect(problems({ 'core/a.ts': "import { a } from './a.ts';" })).toEqual([
      'core/a.ts -> core/a.ts: a circle of imports',
    ]);
  });
});

describe('directions', () => {
  test.each([
    "import { conv } from '../ops/conv.ts';",
    "import type { Conv } from '../ops/conv.ts';",
  ])('upward is refused: %s', (text) => {
    expect(problems({ 'core/up.ts': text })).toEqual(['core/up.ts: imports ops/conv.ts, a room above it']);
  });

  test('the library is above all rooms', () => {
    expect(problems({ 'ops/up.node.ts': "await import('../index.ts');" })).toEqual([
      'ops/up.node.ts: imports index.ts, a room above it',
    ]);
  });
});

describe('what needs Node', () => {
  test('is refused in a file that runs anywhere, with the way to it', () => {
    const needs = 'needs Node; call the file *.node.ts, or move what needs it';
    expect(problems({ 'core/a.ts': "import { join } from 'node:path';" })).toEqual([
      `core/a.ts -> node:path: ${needs}`,
    ]);
    expect(
      problems({
        'ops/far.ts': "import { near } from './near.ts';",
        'ops/near.ts': "import { read } from '../core/files.node.ts';",
      }),
    ).toEqual([
      `ops/far.ts -> ops/near.ts -> core/files.node.ts: ${needs}`,
      `ops/near.ts -> core/files.node.ts: ${needs}`,
    ]);
    expect(problems({ 'ops/a.ts': "import 'tar';" })).toEqual([`ops/a.ts -> tar: ${needs}`]);
  });
});

describe('packages, rooms and files', () => {
  test('a package belongs to one room, with all its modules', () => {
    expect(problems({ 'core/a.node.ts': "import { pack } from 'tar/pack';" })).toEqual([
      'core/a.node.ts: imports tar/pack, which only ops/ may',
    ]);
  });

  test('a room that nobody named, and names that nothing belongs to', () => {
    expect(problems({ 'attic/a.ts': '' })).toEqual(['attic: got no place among the rooms']);
    const named = { ...layout, rooms: ['core', 'cellar', 'ops'], owners: { tar: 'ops', pacote: 'ops' } };
    expect(problemsOf(new Map(Object.entries(sound)), named)).toEqual([
      'cellar: got no file of this room',
      'pacote: got an owner, but nobody imports it',
    ]);
  });

  test('a file that is not there', () => {
    expect(problems({ 'core/a.ts': "import { b } from './gone.ts';" })).toEqual([
      'core/a.ts: imports core/gone.ts, which is not there',
    ]);
  });
});

test.each<[string, boolean]>([
  ["import { a } from './b.ts';", true],
  ["import a, { type B } from './b.ts';", true],
  ["import * as a from './b.ts';", true],
  ["import {\n  type A,\n  b,\n} from './b.ts';", true],
  ["import './b.ts';", true],
  ["export { a } from './b.ts';", true],
  ["const a = await import('./b.ts');", true],
  ["import { type A } from './b.ts';", true],
  ["import type { A } from './b.ts';", false],
  ["import type * as A from './b.ts';", false],
  ["import type {\n  A,\n  B,\n} from './b.ts';", false],
  ["export type { A } from './b.ts';", false],
])('%s imports a value: %s', (text, value) => {
  expect(importsOf('ops/a.ts', text)).toEqual([
    { from: 'ops/a.ts', target: 'ops/b.ts', inside: true, value },
  ]);
});
