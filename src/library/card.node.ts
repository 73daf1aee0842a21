import { join } from 'node:path';
import type { Listener } from '../core/events.ts';
import { writeWhole } from '../core/files.node.ts';
import { RUN, RUN_PATHS } from '../records/entries.ts';
import { writeEntry } from '../records/entry.node.ts';
import type { ModelCard } from '../records/model-card.ts';
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
  context: Listener = {},
): Promise<{ readonly card: ModelCard; readonly file: string }> {
  const card = await cardOf(options, context);
  const { cardText } = await import('../report/card/card-text.ts');
  const file = join(options.run, RUN_PATHS.card);
  await writeEntry(options.run, RUN.card, card);
  await writeWhole(file, cardText(card));
  return { card, file };
}
