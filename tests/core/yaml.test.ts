import { expect, test } from 'vitest';
import { yamlOf } from '../../src/core/yaml.ts';

test('is data', () => {
  expect(yamlOf('a: [1, 2]\nb: &b { c: x }\nd: *b')).toEqual({ a: [1, 2], b: { c: 'x' }, d: { c: 'x' } });
  expect(yamlOf('')).toBe(null);
  const deep = 90;
  expect(JSON.stringify(yamlOf('['.repeat(deep) + ']'.repeat(deep)))).toHaveLength(2 * deep);
});

test.each([
  ['lists in one line', '['.repeat(20_000)],
  ['mappings in one line', '{a: '.repeat(10_000)],
  ['lists in lines', `${'- '.repeat(10_000)}x`],
  ['mappings in lines', Array.from({ length: 2000 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')],
  ['itself', 'a: &a [*a]'],
  ['itself, again and again', '&a {b: *a, c: [*a], d: *a}'],
])('what is nested too deeply is refused, before it is read: %s', (_, text) => {
  expect(() => yamlOf(text)).toThrow('nested more than 100 levels deep, or in itself');
});

test('aliases of aliases are refused', () => {
  const lines = Array.from({ length: 30 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}]`);
  expect(() => yamlOf(['a0: &a0 [x, x]', ...lines].join('\n'))).toThrow('Excessive alias count');
});

test('a key that is there twice is refused, with its line, also among many', () => {
  const many = Array.from({ length: 5000 }, (_, i) => `k${i}: 1`);
  expect(yamlOf(many.join('\n'))).toHaveProperty('k4999', 1);
  expect(() => yamlOf([...many, 'k7: 2'].join('\n'))).toThrow(
    'the key k7 twice in one mapping, at line 5001',
  );
});

test.each([
  '{1: a, "1": b}',
  'true: a\n"true": b',
  '? \n: a\n"": b',
  '1.0: a\n1: b',
])('so is one that is the same as data: %j', (text) => {
  expect(() => yamlOf(text)).toThrow(/the key .* twice in one mapping/);
});
