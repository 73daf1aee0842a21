import type { RandomStream } from '../../src/core/random.ts';
import type { Attacker, Attempt } from './attacker.ts';
import { type Ground, makeGround } from './processes.ts';
import { wholesOn } from './wholes.ts';

/** What attempts on the program as a process are made with. */
export interface OnGround {
  readonly ground: Ground;
  readonly wholeOf: ReturnType<typeof wholesOn>;
  /** An empty folder for one attempt. */
  place(): Promise<string>;
}

/** An attacker of the program as a process. */
export const onGround = (
  { name, what, longest = 600_000 }: Omit<Attacker, 'prepare'>,
  drawOn: (given: OnGround) => (stream: RandomStream) => Attempt,
): Attacker => ({
  ...{ name, what, longest },
  prepare: async () => {
    const ground = await makeGround();
    let count = 0;
    return drawOn({ ground, wholeOf: wholesOn(ground), place: () => ground.place(`${name}-${count++}`) });
  },
});
