import { Command } from 'commander';
import * as z from 'zod';
import type { RunContext } from '../events/run-event.ts';
import { parseSettings } from '../settings/parse.ts';
import { setting } from '../settings/setting.ts';
import { addFlags, givenSettings } from './flags.ts';
import { type Outcome, print } from './outcome.ts';
import { Progress } from './progress.ts';

/** Of every command. */
export const json = setting(z.boolean().default(false), 'Output', 'Print the result as JSON');

/**
 * A command whose arguments and flags are the settings of a shape, beside `--json`.
 *
 * @param run is given them as the shape types them, and who is told of its work
 */
export function commandOf<Shape extends z.ZodRawShape>(
  name: string,
  description: string,
  shape: Shape,
  run: (
    given: z.output<z.ZodObject<Shape>>,
    context: Required<Pick<RunContext, 'onEvent'>>,
    progress: Progress,
  ) => Promise<Outcome>,
): Command {
  const command = new Command(name).description(description);
  const schema = z.strictObject(shape);
  addFlags(command, z.strictObject({ ...shape, json }));
  return command.action(async () => {
    const given = parseSettings(schema, givenSettings(command, schema));
    const progress = new Progress(process.stderr);
    print(
      await run(given as z.output<z.ZodObject<Shape>>, { onEvent: progress.listen }, progress),
      progress,
      command.opts<{ json?: true }>().json,
    );
  });
}
