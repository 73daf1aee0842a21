import type { UserError } from '../core/errors.ts';
import { damagedFile, noStateDict } from './refusals.ts';

/**
 * What the names of a pickle mean, such as `collections.OrderedDict`: a value, or a function of what the pickle gives it.
 * A name that is not here is refused: nothing else of a pickle can be called.
 */
export type Meanings = ReadonlyMap<string, unknown>;

/** How a pickle is read. */
export interface PickleOptions {
  /** What to call the file in errors. */
  readonly file: string;
  readonly meanings: Meanings;
  /** What is meant by an identifier of something outside of the pickle. */
  persistent?(identifier: unknown): unknown;
  /** Gives a value that a function of `meanings` has made its state; false if it has none. */
  build?(target: unknown, state: unknown): boolean;
}

/** A pickle's value, and where in the bytes the pickle ends. */
export interface Pickled {
  readonly value: unknown;
  readonly end: number;
}

/**
 * Reads one pickle (protocols 0 to 5) as data: none of what it names is run, but for `meanings`. Lists and tuples become
 * arrays, dictionaries Maps, None null, integers beyond 2^53 bigints. The state that a dictionary has beside its items (BUILD) is
 * left aside; of anything else it is for `build`.
 *
 * @throws UserError for a name that has no meaning, anything that is not data, and bytes that are no pickle
 */
export function readPickle(bytes: Uint8Array, start: number, options: PickleOptions): Pickled {
  const machine = new Machine(bytes, start, options);
  for (;;) {
    const opcode = machine.instruction();
    if (opcode === STOP) return { value: machine.pop(), end: machine.at };
    const operation = OPERATIONS.get(opcode);
    if (operation) operation(machine);
    else if (FORBIDDEN.has(opcode)) throw machine.refused(`the instruction ${FORBIDDEN.get(opcode)}`);
    else throw machine.damaged(`an unknown instruction ${opcode}`);
  }
}

/** A file of weights has some dozens a tensor. */
const MOST_INSTRUCTIONS = 2_000_000;

/** Calls of `meanings` have fewer. */
const MOST_ARGUMENTS = 16;

/** The stack machine for which pickles are programs. */
class Machine {
  readonly memo = new Map<number, unknown>();
  #stack: unknown[] = [];
  /** The stacks that lie below marks. */
  readonly #below: unknown[][] = [];
  /** Instructions carried out, and items given to calls: what bounds time and memory. */
  #spent = 0;

  constructor(
    readonly bytes: Uint8Array,
    public at: number,
    readonly options: PickleOptions,
  ) {}

  instruction(): number {
    this.#spend(1);
    return this.byte();
  }

  #spend(count: number): void {
    this.#spent += count;
    if (this.#spent > MOST_INSTRUCTIONS) throw this.refused(`more than ${MOST_INSTRUCTIONS} instructions`);
  }

  byte(): number {
    return this.take(1)[0];
  }

  /** The next bytes, not copied. */
  take(count: number): Uint8Array {
    const from = this.at;
    if (!(count <= this.bytes.length - from)) throw this.damaged('a pickle that is cut');
    this.at += count;
    return this.bytes.subarray(from, this.at);
  }

  /** A whole number without sign, little end first, of at most 8 bytes. */
  unsigned(bytes: number): number {
    return this.take(bytes).reduceRight((value, byte) => value * 256 + byte, 0);
  }

  view(bytes: number): DataView {
    const taken = this.take(bytes);
    return new DataView(taken.buffer, taken.byteOffset, bytes);
  }

  /** The text up to the end of the line. */
  line(): string {
    const end = this.bytes.indexOf(0x0a, this.at);
    if (end < 0) throw this.damaged('a pickle that is cut');
    const text = decode(this.take(end - this.at));
    this.at++;
    return text;
  }

  push(value: unknown): void {
    this.#stack.push(value);
  }

  pop(): unknown {
    if (this.#stack.length === 0) throw this.damaged('an instruction without its arguments');
    return this.#stack.pop();
  }

  top(): unknown {
    const value = this.pop();
    this.push(value);
    return value;
  }

  mark(): void {
    this.#below.push(this.#stack);
    this.#stack = [];
  }

  /** What was pushed since the last mark, which goes away. */
  marked(): unknown[] {
    const below = this.#below.pop();
    if (!below) throw this.damaged('an instruction without its mark');
    const items = this.#stack;
    this.#stack = below;
    return items;
  }

  remembered(key: number): unknown {
    if (!this.memo.has(key)) throw this.damaged('a reference to nothing');
    return this.memo.get(key);
  }

  /** The value that a name means. */
  named(module: string, name: string): unknown {
    const full = `${module}.${name}`;
    const { meanings } = this.options;
    if (!meanings.has(full)) throw this.refused(full);
    return meanings.get(full);
  }

  /** A function of `meanings`, called. */
  call(callee: unknown, given: unknown): unknown {
    if (typeof callee !== 'function' || !Array.isArray(given) || given.length > MOST_ARGUMENTS)
      throw this.refused(`a call of ${kindOf(callee)}`);
    for (const each of given) if (Array.isArray(each)) this.#spend(each.length);
    return callee(...given);
  }

  persistent(identifier: unknown): unknown {
    const { persistent } = this.options;
    if (!persistent) throw this.refused('a reference to something outside of it');
    return persistent(identifier);
  }

  /** @param found what it is that we do not read */
  refused(found: string): UserError {
    return noStateDict(this.options.file, `a pickle with ${found}, which is not read`);
  }

  /** @param found what is wrong with the bytes */
  damaged(found: string): UserError {
    return damagedFile(this.options.file, `${found} (byte ${this.at} of the pickle)`);
  }
}

function kindOf(value: unknown): string {
  if (value === null) return 'None';
  if (Array.isArray(value)) return 'a list';
  return value instanceof Map ? 'a dictionary' : `a value of another kind (${typeof value})`;
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const decode = (bytes: Uint8Array) => decoder.decode(bytes);

/** Beyond this many bytes an integer is none that a file of weights would hold. */
const MOST_INTEGER_BYTES = 256;

/** A two's complement, little end first. */
function integerOf(machine: Machine, length: number): number | bigint {
  if (length > MOST_INTEGER_BYTES) throw machine.refused(`an integer of ${length} bytes`);
  const bytes = machine.take(length);
  const value = bytes.reduceRight((sum, byte) => sum * 256n + BigInt(byte), 0n);
  return narrowed(BigInt.asIntN(8 * length, value));
}

/** A number where it is exact. */
function narrowed(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** An integer of protocol 0: `12`, `12L`, and of `00` and `01` a truth. */
function integerOfText(machine: Machine): number | bigint | boolean {
  const text = machine.line();
  if (text === '00' || text === '01') return text === '01';
  const digits = /^\s*([+-]?\d+)L?\s*$/.exec(text)?.[1];
  if (!digits || digits.length > 2 * MOST_INTEGER_BYTES) throw machine.damaged('a number that is none');
  return narrowed(BigInt(digits.replace('+', '')));
}

/** A text of protocol 0, in quotes. */
function quoted(machine: Machine): string {
  const [, , text] = /^(['"])([^\\]*)\1$/.exec(machine.line().trim()) ?? [];
  if (text === undefined) throw machine.refused('a text with escapes');
  return text;
}

/** The text of protocol 0 in which characters stand as \uXXXX. */
function unicodeLine(machine: Machine): string {
  return machine
    .line()
    .replace(/\\u([\da-f]{4})/gi, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
}

function dictionaryOf(machine: Machine, items: readonly unknown[], into = new Map<unknown, unknown>()) {
  if (items.length % 2) throw machine.damaged('a key without a value');
  for (let i = 0; i < items.length; i += 2) into.set(items[i], items[i + 1]);
  return into;
}

function appendTo(machine: Machine, items: readonly unknown[]): void {
  const list = machine.top();
  if (!Array.isArray(list)) throw machine.refused(`items that are appended to ${kindOf(list)}`);
  for (const item of items) list.push(item);
}

function setItems(machine: Machine, items: readonly unknown[]): void {
  const dictionary = machine.top();
  if (!(dictionary instanceof Map)) throw machine.refused(`items that are set in ${kindOf(dictionary)}`);
  dictionaryOf(machine, items, dictionary);
}

function addTo(machine: Machine, items: readonly unknown[]): void {
  const set = machine.top();
  if (!(set instanceof Set)) throw machine.refused(`items that are added to ${kindOf(set)}`);
  for (const item of items) set.add(item);
}

/** The last so many values of the stack, in the order in which they were pushed. */
const popped = (machine: Machine, count: number) =>
  Array.from({ length: count }, () => machine.pop()).reverse();

function build(machine: Machine): void {
  const state = machine.pop();
  const target = machine.top();
  if (target instanceof Map || machine.options.build?.(target, state)) return;
  throw machine.refused(`a state of ${kindOf(target)}`);
}

function call(machine: Machine): void {
  const [callee, given] = popped(machine, 2);
  machine.push(machine.call(callee, given));
}

function stackGlobal(machine: Machine): void {
  const [module, name] = popped(machine, 2);
  if (typeof module !== 'string' || typeof name !== 'string') throw machine.damaged('a name that is no text');
  machine.push(machine.named(module, name));
}

const STOP = 0x2e;

type Operation = (machine: Machine) => void;

/** An instruction that pushes what it makes. */
const pushing =
  (make: (machine: Machine) => unknown): Operation =>
  (machine) =>
    machine.push(make(machine));

const text = (lengthBytes: number) =>
  pushing((machine) => decode(machine.take(machine.unsigned(lengthBytes))));
const raw = (lengthBytes: number) =>
  pushing((machine) => Uint8Array.from(machine.take(machine.unsigned(lengthBytes))));
const remember = (key: (machine: Machine) => number): Operation => {
  return (machine) => {
    machine.memo.set(key(machine), machine.top());
  };
};

/** The instructions, by their bytes; named and explained in Python's `pickletools`. */
const OPERATIONS: ReadonlyMap<number, Operation> = new Map(
  Object.entries<Operation>({
    // The protocol, and the length of a frame: nothing follows from either.
    '\x80': (machine) => machine.byte(),
    '\x95': (machine) => machine.take(8),
    '(': (machine) => machine.mark(),
    '0': (machine) => machine.pop(),
    '1': (machine) => machine.marked(),
    '2': (machine) => machine.push(machine.top()),

    N: pushing(() => null),
    '\x88': pushing(() => true),
    '\x89': pushing(() => false),
    I: pushing(integerOfText),
    L: pushing(integerOfText),
    J: pushing((machine) => machine.view(4).getInt32(0, true)),
    K: pushing((machine) => machine.byte()),
    M: pushing((machine) => machine.unsigned(2)),
    '\x8a': pushing((machine) => integerOf(machine, machine.byte())),
    '\x8b': pushing((machine) => integerOf(machine, machine.unsigned(4))),
    F: pushing((machine) => Number(machine.line())),
    G: pushing((machine) => machine.view(8).getFloat64(0)),

    S: pushing(quoted),
    T: text(4),
    U: text(1),
    V: pushing(unicodeLine),
    X: text(4),
    '\x8c': text(1),
    '\x8d': text(8),
    B: raw(4),
    C: raw(1),
    '\x8e': raw(8),
    '\x96': raw(8),

    ']': pushing(() => []),
    l: pushing((machine) => machine.marked()),
    a: (machine) => appendTo(machine, [machine.pop()]),
    e: (machine) => appendTo(machine, machine.marked()),
    ')': pushing(() => []),
    t: pushing((machine) => machine.marked()),
    '\x85': pushing((machine) => popped(machine, 1)),
    '\x86': pushing((machine) => popped(machine, 2)),
    '\x87': pushing((machine) => popped(machine, 3)),
    '}': pushing(() => new Map()),
    d: pushing((machine) => dictionaryOf(machine, machine.marked())),
    s: (machine) => setItems(machine, popped(machine, 2)),
    u: (machine) => setItems(machine, machine.marked()),
    '\x8f': pushing(() => new Set()),
    '\x90': (machine) => addTo(machine, machine.marked()),
    '\x91': pushing((machine) => new Set(machine.marked())),

    p: remember((machine) => Number(machine.line())),
    q: remember((machine) => machine.byte()),
    r: remember((machine) => machine.unsigned(4)),
    '\x94': remember((machine) => machine.memo.size),
    g: pushing((machine) => machine.remembered(Number(machine.line()))),
    h: pushing((machine) => machine.remembered(machine.byte())),
    j: pushing((machine) => machine.remembered(machine.unsigned(4))),

    c: pushing((machine) => machine.named(machine.line(), machine.line())),
    '\x93': stackGlobal,
    R: call,
    '\x81': call,
    b: build,
    P: pushing((machine) => machine.persistent(machine.line())),
    Q: pushing((machine) => machine.persistent(machine.pop())),
  }).map(([character, operation]) => [character.charCodeAt(0), operation]),
);

/** What makes objects in other ways than by name and call, or is told elsewhere. */
const FORBIDDEN: ReadonlyMap<number, string> = new Map([
  [0x69, 'INST'],
  [0x6f, 'OBJ'],
  [0x92, 'NEWOBJ_EX'],
  [0x82, 'EXT1'],
  [0x83, 'EXT2'],
  [0x84, 'EXT4'],
  [0x97, 'NEXT_BUFFER'],
  [0x98, 'READONLY_BUFFER'],
]);
