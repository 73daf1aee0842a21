import { expect, test } from 'vitest';
import { withoutNames } from '../../src/npm/npm.node.ts';

test.each<[string, string]>([
  ['no address', 'no address'],
  ['GET https://me:pw@npm.example.org/x failed', 'GET https://npm.example.org/x failed'],
  ['https://me:p@ss@npm.example.org', 'https://npm.example.org'],
  ['https://me:p/s@s@npm.example.org', 'https://npm.example.org'],
  ['"http://a:b@one" and "http://c:d@two"', '"http://one" and "http://two"'],
  ['https://token@npm.example.org/a', 'https://npm.example.org/a'],
  ['https://me:@npm.example.org', 'https://npm.example.org'],
  ...[
    '404 https://registry.npmjs.org/onnxruntime-node@1.30.0 not found',
    'http://localhost:4873/onnxruntime-node@1.30.0',
    'https://one.example.org/x,mail@example.org',
  ].map((text): [string, string] => [text, text]),
  ['GET https://npm.example.org/@scope%2fname', 'GET https://npm.example.org/@scope%2fname'],
])('of %j nothing secret is left', (text, shown) => {
  expect(withoutNames(text)).toBe(shown);
});
