import { expect, test } from 'vitest';
import { type Attacker, attack } from '../../scripts/attack/attacker.ts';
import { ATTACKERS } from '../../scripts/attack/attackers.ts';
import { UserError } from '../../src/core/errors.ts';

/** Those whose attempts take long get fewer. */
const CASES: Readonly<Record<string, number>> = {
  runs: 10,
  keras: 5,
  onnx: 12,
  yaml: 40,
  'encoder-safetensors': 20,
};

// The long form: npx tsx scripts/attack/main.ts
test.each(
  ATTACKERS.map((attacker) => [attacker.name, attacker] as const),
)('survives: %s', async (name, attacker) => {
  const cases = CASES[name] ?? 40;
  const made = await attack(attacker, { cases, seed: 7 });
  expect(made.faults).toEqual([]);
  expect(made.taken + made.refused).toBe(cases);
  expect(made.refused).toBeGreaterThan(0);
});

test('what is no refusal is a fault, with what it was', async () => {
  const attacker: Attacker = {
    name: 'made up',
    what: 'three outcomes',
    prepare: async () => {
      let count = 0;
      return () => {
        const at = count++;
        return {
          text: `number ${at}`,
          run: async () => {
            if (at === 1) throw new UserError({ what: 'x', got: 'y', expected: 'z' });
            if (at === 2) throw new TypeError('a bug');
          },
        };
      };
    },
  };
  const { tried, taken, refused, faults } = await attack(attacker, { cases: 3, seed: 0 });
  expect({ tried, taken, refused }).toEqual({ tried: 3, taken: 1, refused: 1 });
  expect(faults).toEqual([expect.stringMatching(/^case 2, number 2: TypeError: a bug/)]);
});
