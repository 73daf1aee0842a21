import { expect, test } from 'vitest';
import { UserError } from '../../src/core/errors.ts';
import { readPickle } from '../../src/pytorch/pickle.ts';
import { refusal } from '../support/expect-user-error.ts';
import { bytesOf, pickled } from '../support/torch-file.ts';

const meanings = new Map<string, unknown>([
  ['known.value', 'a value'],
  ['known.pair', (...given: unknown[]) => ({ given })],
]);
const read = (bytes: Uint8Array) => readPickle(bytes, 0, { file: 'f', meanings });

/** What Python's pickle.dumps makes of values, in several protocols. */
test.each<[string, Uint8Array, unknown]>([
  ['None', bytesOf('N.'), null],
  ['truths', bytesOf(0x80, 2, 0x88, 0x89, 0x86, '.'), [true, false]],
  ['truths of protocol 0', bytesOf('(I01\nI00\nt.'), [true, false]],
  ['integers', bytesOf('(K\x07M\x00\x01J\xff\xff\xff\xfft.'), [7, 256, -1]],
  ['integers of protocol 0', bytesOf('(I-12\nL5L\nt.'), [-12, 5]],
  ['a long integer', bytesOf(0x8a, 2, 0x00, 0xff, '.'), -256],
  ['one beyond 2^53', bytesOf(0x8a, 8, ...new Array(7).fill(0xff), 0x7f, '.'), 2n ** 63n - 1n],
  ['one of 4 bytes of length', bytesOf('\x8b\x01\x00\x00\x00\x05.'), 5],
  ['no bytes are 0', bytesOf(0x8a, 0, '.'), 0],
  ['floats', bytesOf('(G\x3f\xf8\0\0\0\0\0\0F-2.5\nt.'), [1.5, -2.5]],
  ['texts', bytesOf('(X\x03\0\0\0h\xc3\xa9\x8c\x01aU\x01bT\x01\0\0\0ct.'), ['hé', 'a', 'b', 'c']],
  ['a text of 8 bytes of length', bytesOf('\x8d\x01\0\0\0\0\0\0\0x.'), 'x'],
  ['texts of protocol 0', bytesOf("(S'a b'\nVh\\u00e9\nt."), ['a b', 'hé']],
  ['bytes', bytesOf('C\x02\x01\x02.'), new Uint8Array([1, 2])],
  ['lists', bytesOf(']K\x01a(K\x02K\x03e.'), [1, 2, 3]],
  ['a list of protocol 0', bytesOf('(lI1\na.'), [1]],
  ['tuples', bytesOf(')K\x01\x85K\x01K\x02\x86\x87.'), [[], [1], [1, 2]]],
  [
    'dictionaries',
    bytesOf('}X\x01\0\0\0aK\x01s(X\x01\0\0\0bK\x02u.'),
    new Map([
      ['a', 1],
      ['b', 2],
    ]),
  ],
  ['a dictionary of protocol 0', bytesOf("(S'a'\nI1\nd."), new Map([['a', 1]])],
  ['sets', bytesOf(0x80, 4, 0x8f, '(K\x01K\x02', 0x90, '.'), new Set([1, 2])],
  ['a frozen set', bytesOf(0x80, 4, '(K\x01', 0x91, '.'), new Set([1])],
  ['what is remembered', bytesOf(']q\x05h\x05h\x05\x86\x86.'), [[], [[], []]]],
  [
    'what is remembered, protocol 4',
    bytesOf(0x80, 4, 0x95, 0, 0, 0, 0, 0, 0, 0, 0, ']', 0x94, 'h\0\x86.'),
    [[], []],
  ],
  ['what is remembered, protocol 0', bytesOf(']p12\ng12\n\x86.'), [[], []]],
  ['what is remembered far away', bytesOf(']r\0\0\x01\0j\0\0\x01\0\x86.'), [[], []]],
  ['what is thrown away', bytesOf('K\x01K\x02(K\x03K\x040K\x0510.'), 1],
  ['what is there twice', bytesOf('K\x012\x86.'), [1, 1]],
  ['a known name', bytesOf('cknown\nvalue\n.'), 'a value'],
  ['a known name, protocol 4', bytesOf('\x8c\x05known\x8c\x05value\x93.'), 'a value'],
  ['a call', bytesOf('cknown\npair\nK\x01K\x02\x86R.'), { given: [1, 2] }],
  ['a state of a dictionary', bytesOf('}}b.'), new Map()],
])('%s', (_, bytes, expected) => {
  const { value, end } = read(bytes);
  expect(value).toEqual(expected);
  expect(end).toBe(bytes.length);
});

/** What runs a program in Python. */
test.each<[string, Uint8Array, string]>([
  ['os.system', bytesOf("cos\nsystem\n(S'touch owned'\ntR."), 'os.system'],
  [
    'posix.system, protocol 4',
    bytesOf(0x80, 4, '\x8c\x05posix\x8c\x06system\x93\x8c\x02id\x85R.'),
    'posix.system',
  ],
  [
    'builtins.eval',
    pickled.whole(pickled.call(pickled.global('builtins', 'eval'), pickled.text('1'))),
    'builtins.eval',
  ],
  ['a name that is never called', bytesOf('cos\nsystem\n0N.'), 'os.system'],
  ['a class with a state', bytesOf('c__main__\nEvil\n)\x81}b.'), '__main__.Evil'],
  ['a name by dots', bytesOf('\x8c\x05known\x8c\x0avalue.evil\x93.'), 'known.value.evil'],
  ['what all objects of JavaScript have', bytesOf('cknown\nconstructor\n.'), 'known.constructor'],
  ['no module', bytesOf('c\nconstructor\n.'), '.constructor'],
  ['a call of a value', bytesOf('cknown\nvalue\n)R.'), 'a call of'],
  ['a call of a list', bytesOf('])R.'), 'a call of a list'],
  ['a call without a tuple', bytesOf('cknown\npair\nNR.'), 'a call of'],
  ['INST', bytesOf("(S'id'\nios\nsystem\n."), 'the instruction INST'],
  ['OBJ', bytesOf('(cknown\npair\no.'), 'the instruction OBJ'],
  ['NEWOBJ_EX', bytesOf('cknown\npair\n)}', 0x92, '.'), 'the instruction NEWOBJ_EX'],
  ['EXT1', bytesOf(0x82, 1, '.'), 'the instruction EXT1'],
  ['a state of a list', bytesOf(']}b.'), 'a state of a list'],
  ['a state of what a call made', bytesOf('cknown\npair\n)R}b.'), 'a state of'],
  ['items of what is no list', bytesOf('}Na.'), 'items that are appended to a dictionary'],
  ['items of what is no dictionary', bytesOf(']NNs.'), 'items that are set in a list'],
  ['items of what is no set', bytesOf(0x80, 4, '](', 0x90, '.'), 'items that are added to a list'],
  ['something outside', bytesOf("S'x'\nQ."), 'outside of it'],
  ['an integer of megabytes', bytesOf('\x8b\0\0\x10\0', new Uint8Array(1 << 20), '.'), 'an integer of'],
  ['a text with escapes', bytesOf("S'a\\nb'\n."), 'escapes'],
])('%s is refused by its name', async (_, bytes, name) => {
  const message = await refusal(() => read(bytes));
  expect(message).toMatch(
    /^f: got a pickle with .+, which is not read, expected tensors in plain containers; .*state_dict\(\)/,
  );
  expect(message).toContain(name);
});

test.each<[string, Uint8Array]>([
  ['nothing', bytesOf('')],
  ['no end', bytesOf('N')],
  ['an end without a value', bytesOf('.')],
  ['an unknown instruction', bytesOf('N', 0xff, '.')],
  ['a mark that is not there', bytesOf('t.')],
  ['arguments beyond a mark', bytesOf('K\x01(\x85.')],
  ['a reference to nothing', bytesOf('h\x01.')],
  ['a key without a value', bytesOf('(Nd.')],
  ['a text longer than the file', bytesOf('X\xff\xff\xff\x7fa.')],
  ['a text of 2^63 bytes', bytesOf('\x8d', ...new Array(8).fill(0x7f), '.')],
  ['a line without an end', bytesOf('I12')],
  ['a number that is none', bytesOf('Ix\n.')],
])('%s is damage', async (_, bytes) => {
  expect(await refusal(() => read(bytes))).toMatch(/^f: got .*\(byte \d+ of the pickle\).*cut or damaged/);
});

test('deep nesting takes no deep calls, and a flood of anything is stopped', async () => {
  const depth = 500_000;
  let { value } = read(bytesOf(']'.repeat(depth), 'a'.repeat(depth - 1), '.'));
  for (let i = 1; i < depth; i++) [value] = value as [unknown];
  expect(value).toEqual([]);
  for (const flood of ['(', ']', '}', 'N', 'N0', '(1'])
    expect(await refusal(() => read(bytesOf(flood.repeat(3_000_000))))).toContain(
      'more than 2000000 instructions',
    );
});

test('lists that hold one another take no more memory than their pickle; calls pay for what they are given', async () => {
  // Each of 60 lists has the one before it twice: 2^60 items if they were written out.
  const doubled = Array.from({ length: 60 }, (_, i) => bytesOf('](', 'h', i, 'h', i, 'eq', i + 1));
  const { value } = read(bytesOf(']q\0', ...doubled, '.'));
  expect(value).toHaveLength(2);
  const long = bytesOf('](', 'N'.repeat(100_000), 'eq\0');
  const calls = bytesOf(...new Array(1000).fill(bytesOf('cknown\npair\nh\0\x85R0')));
  expect(await refusal(() => read(bytesOf(long, calls, '.')))).toContain('more than 2000000 instructions');
});

test('whatever byte is another: a value or a UserError, never anything else', () => {
  const whole = bytesOf(
    0x80,
    4,
    '}(',
    pickled.text('a'),
    pickled.call(pickled.global('known', 'pair'), pickled.integer(7)),
    'q\x01',
    '\x8c\x01b',
    ']q\x02(K\x01G\x3f\xf8\0\0\0\0\0\0eh\x01I12\nuN\x86.',
  );
  for (let at = 0; at <= whole.length; at++) {
    for (let byte = 0; byte < 256; byte++) {
      const changed = at < whole.length ? whole.slice() : whole.slice(0, byte % whole.length);
      if (at < whole.length) changed[at] = byte;
      try {
        read(changed);
      } catch (error) {
        expect(error, `${at}: ${byte}`).toBeInstanceOf(UserError);
      }
    }
  }
});
