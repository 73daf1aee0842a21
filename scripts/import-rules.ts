import { dirname, join } from 'node:path/posix';

/** Sources by their paths from the source folder, as `ops/conv.ts`. */
export type Sources = ReadonlyMap<string, string>;

/** How the sources are laid out. */
export interface Layout {
  /** Folders; each imports only from those before it. */
  readonly rooms: readonly string[];
  /** What stands above all rooms, in the same order; its files may need Node whatever they are called. */
  readonly top: readonly string[];
  /** Packages that only one room may import. */
  readonly owners: Readonly<Record<string, string>>;
  /** Packages that run in Node only. */
  readonly nodePackages: readonly string[];
}

interface Import {
  readonly from: string;
  /** A file's path from the source folder, or a package. */
  readonly target: string;
  readonly inside: boolean;
  /** Whether anything of it is there at run time; types are not. */
  readonly value: boolean;
}

/** Statements that name a module, from the beginning of a line: `import ..`, `export .. from ..`; and `import(..)`. */
const STATEMENT =
  /^(?:import|export)\s+(type\s)?\s*(?:\*(?:\s+as\s+\w+)?|\w+|\{[^}]*\})(?:\s*,\s*\{[^}]*\})?\s*from\s*'([^']+)'/gm;
const SIDE_EFFECT = /^import\s+'([^']+)'/gm;
const DYNAMIC = /(?<!typeof )\bimport\('([^']+)'\)/g;

/** The modules that a source imports. Only `import type` leaves nothing: `import { type X }` still loads the module. */
export function importsOf(from: string, text: string): Import[] {
  const made = (specifier: string, value: boolean): Import => {
    const inside = specifier.startsWith('.');
    return { from, target: inside ? join(dirname(from), specifier) : specifier, inside, value };
  };
  const named = [...text.matchAll(STATEMENT)].map(([, type, specifier]) => {
    return made(specifier, type === undefined);
  });
  const others = [...text.matchAll(SIDE_EFFECT), ...text.matchAll(DYNAMIC)];
  return [...named, ...others.map(([, specifier]) => made(specifier, true))];
}

/** Everything that breaks a rule, a line each. */
export function problemsOf(sources: Sources, layout: Layout): string[] {
  const imports = [...sources].flatMap(([file, text]) => importsOf(file, text));
  return [
    ...unknownPlaces(sources, imports, layout),
    ...upward(imports, layout),
    ...foreignPackages(imports, layout),
    ...circles(sources, imports),
    ...nodeInBrowser(sources, imports, layout),
  ];
}

const roomOf = (file: string) => file.split('/')[0];

/** Rooms nobody named, names of rooms and packages that nothing belongs to, and imports of files that are not there. */
function unknownPlaces(sources: Sources, imports: readonly Import[], { rooms, top, owners }: Layout) {
  const named = new Set([...rooms, ...top]);
  const there = new Set([...sources.keys()].map(roomOf));
  const packages = new Set(imports.map(({ target }) => packageOf(target)));
  return [
    ...[...there].filter((room) => !named.has(room)).map((room) => `${room}: got no place among the rooms`),
    ...[...named].filter((room) => !there.has(room)).map((room) => `${room}: got no file of this room`),
    ...Object.keys(owners)
      .filter((name) => !packages.has(name))
      .map((name) => `${name}: got an owner, but nobody imports it`),
    ...imports
      .filter(({ target, inside }) => inside && !sources.has(target))
      .map(({ from, target }) => `${from}: imports ${target}, which is not there`),
  ];
}

function upward(imports: readonly Import[], { rooms, top }: Layout): string[] {
  const order = [...rooms, ...top];
  return imports
    .filter(
      ({ inside, target, from }) => inside && order.indexOf(roomOf(target)) > order.indexOf(roomOf(from)),
    )
    .map(({ from, target }) => `${from}: imports ${target}, a room above it`);
}

/** `@npmcli/config/lib/definitions/index.js` is a module of the package `@npmcli/config`. */
const packageOf = (target: string) => /^(@[^/]+\/)?[^/]+/.exec(target)?.[0] ?? target;

function foreignPackages(imports: readonly Import[], { owners }: Layout): string[] {
  return imports.flatMap(({ from, target, inside }) => {
    const owner = inside ? undefined : owners[packageOf(target)];
    return owner && owner !== roomOf(from) ? [`${from}: imports ${target}, which only ${owner}/ may`] : [];
  });
}

/** Files that need one another at run time; a circle of types is none. */
function circles(sources: Sources, imports: readonly Import[]): string[] {
  const graph = new Map([...sources.keys()].map((file): [string, string[]] => [file, []]));
  for (const { from, target, inside, value } of imports)
    if (inside && value && graph.has(target)) graph.get(from)!.push(target);
  const found = new Set<string>();
  for (const file of graph.keys()) {
    const way = wayTo(graph, file, (other) => graph.get(other)!.includes(file));
    // Told once, from the file that comes first in the alphabet.
    if (way && [...way].sort()[0] === file) found.add(`${[...way, file].join(' -> ')}: a circle of imports`);
  }
  return [...found];
}

/** Files that say they run anywhere, and the way by which they come to what only Node has. */
function nodeInBrowser(
  sources: Sources,
  imports: readonly Import[],
  { top, nodePackages }: Layout,
): string[] {
  const values = imports.filter(({ value }) => value);
  const graph = new Map(
    [...sources.keys()].map((file) => [
      file,
      values.filter(({ from }) => from === file).map(({ target }) => target),
    ]),
  );
  const ofNode = (target: string) =>
    target.endsWith('.node.ts') || target.startsWith('node:') || nodePackages.includes(packageOf(target));
  return [...graph.keys()]
    .filter((file) => !file.endsWith('.node.ts') && !top.includes(roomOf(file)))
    .flatMap((file) => {
      const way = wayTo(graph, file, ofNode);
      return way ? [`${way.join(' -> ')}: needs Node; call the file *.node.ts, or move what needs it`] : [];
    });
}

/** A shortest way from a file along its imports to one that is wanted, both included. */
function wayTo(
  graph: ReadonlyMap<string, readonly string[]>,
  start: string,
  wanted: (file: string) => boolean,
): string[] | undefined {
  const ways: string[][] = [[start]];
  const seen = new Set([start]);
  for (const way of ways) {
    const last = way[way.length - 1];
    if (!graph.has(last) && !wanted(last)) continue;
    if (wanted(last)) return way;
    for (const next of graph.get(last) ?? [])
      if (!seen.has(next)) {
        seen.add(next);
        ways.push([...way, next]);
      }
  }
  return undefined;
}
