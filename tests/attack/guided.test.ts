import { expect, test } from 'vitest';
import { attack } from '../../scripts/attack/attacker.ts';
import { guidedBy } from '../../scripts/attack/guided.ts';
import { mutatedBytes } from '../../scripts/attack/mutate.ts';
import { UserError } from '../../src/core/errors.ts';

/** A fault behind three doors, each of which opens to one value of a byte. */
function read(bytes: Uint8Array): void {
  if (bytes[3] === 127) {
    if (bytes[9] === 128) {
      if (bytes[6] === 255) throw new TypeError('a bug');
    }
  }
  throw new UserError({ what: 'x', got: 'y', expected: 'z' });
}

const sound = async () => [new Uint8Array(16).fill(9)];

test('finds what takes several steps to reach, where chance alone does not', async () => {
  const options = { cases: 1500, seed: 1 };
  const guided = await attack(guidedBy({ name: 'doors', of: 'doors', sound, read }), options);
  expect(guided.faults).toContainEqual(expect.stringMatching(/TypeError: a bug/));
  const [bytes] = await sound();
  const blind = await attack(
    {
      ...{ name: 'doors', what: 'doors' },
      prepare: async () => (stream) => ({ text: 'x', run: async () => read(mutatedBytes(bytes, stream)) }),
    },
    options,
  );
  expect(blind.faults).toEqual([]);
});
