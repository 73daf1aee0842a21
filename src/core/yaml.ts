import { isScalar, type Pair, Parser, parseDocument, visit } from 'yaml';

/** Nobody writes settings deeper; what reads a text calls itself for each level, and would end the process with too many. */
const MOST_LEVELS = 100;

/**
 * YAML as data.
 *
 * @throws Error saying where a text is none, or that it is nested too deeply, or in itself; what is only unusual in it is passed over
 *   without a word
 */
export function yamlOf(text: string): unknown {
  expectLevels([...new Parser().parse(text)], partsOfToken);
  // By itself it compares each key with each.
  const document = parseDocument(text, { uniqueKeys: false, logLevel: 'error' });
  for (const error of document.errors) throw error;
  visit(document, { Map: (_, { items }) => expectDistinct(items, text) });
  const value: unknown = document.toJS();
  // Aliases add levels; one of what it lies in adds them without end.
  expectLevels([value], partsOfValue);
  return value;
}

/** Level by level, each thing once in one: so neither depth nor what is named again and again costs more than it has in it. */
function expectLevels(tops: readonly unknown[], partsOf: (value: object) => readonly unknown[]): void {
  let level = new Set(tops);
  for (let levels = 0; level.size > 0; levels++) {
    if (levels > MOST_LEVELS) throw new Error(`nested more than ${MOST_LEVELS} levels deep, or in itself`);
    level = new Set(
      [...level].flatMap((value) => (typeof value === 'object' && value !== null ? partsOf(value) : [])),
    );
  }
}

interface Token {
  readonly value?: unknown;
  readonly items?: readonly { readonly key?: unknown; readonly value?: unknown }[];
}

/** What lies in a document or a collection, as the parser has it. */
const partsOfToken = ({ value, items = [] }: Token): unknown[] => [
  value,
  ...items.flatMap((item) => [item.key, item.value]),
];

const partsOfValue = (value: object): unknown[] => (value instanceof Uint8Array ? [] : Object.values(value));

function expectDistinct(pairs: readonly Pair[], text: string): void {
  const known = new Set<string>();
  for (const { key } of pairs) {
    if (!isScalar(key)) continue;
    // As data, keys are text.
    const name = String(key.value ?? '');
    if (known.has(name)) {
      const line = text.slice(0, key.range?.[0]).split('\n').length;
      throw new Error(`the key ${name} twice in one mapping, at line ${line}`);
    }
    known.add(name);
  }
}
