import { join } from 'node:path';
import { writeWhole } from '../core/files.node.ts';
import type { RunContext } from '../events/run-event.ts';
import { type ModelCard, RUN, RUN_PATHS } from '../records/entries.ts';
import { writeEntry } from '../records/entry.node.ts';
import { cardOf } from '../runs/card.node.ts';
import type { CardOptions } from '../runs/settings.ts';

/**
 * Writes what is to be known of a run's network into its folder: `model-card.md`, and `model-card.json`, which exported models hold
 * from then on.
 *
 * @throws UserError for a run that is no finished training
 */
export async function writeCard(
  options: CardOptions,
  context: RunContext = {},
): Promise<{ readonly card: ModelCard; readonly file: string }> {
  const card = await cardOf(options, context);
  const { cardText } = await import('../report/card/card-text.ts');
  const file = join(options.run, RUN_PATHS.card);
  await writeEntry(options.run, RUN.card, card);
  await writeWhole(file, cardText(card));
  return { card, file };
}
