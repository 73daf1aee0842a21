import { owning } from '../core/lock/lock.node.ts';
import type { RunContext } from '../events/run-event.ts';
import { type Expectation, findExpectation } from '../runs/expect.node.ts';
import { type ExpectOptions, expectSchema } from '../runs/settings.ts';
import { parseSettings } from '../settings/parse.ts';

/**
 * Finds out what to expect of a run's masks of images without truth, for `predict` and `evaluate` with `expect`. It trains networks
 * that each hold out a part of the run's masks; what was trained before is used again.
 *
 * @returns undefined if it was interrupted by `signal`
 * @throws UserError for a run that marks nothing, or whose images have changed
 */
export async function expectationOf(
  options: ExpectOptions,
  context: RunContext = {},
): Promise<Expectation | undefined> {
  return owning(parseSettings(expectSchema, options).run, () => findExpectation(options, context));
}
