import type { Command } from 'commander';
import { cardSchema } from '../runs/settings.ts';
import { commandOf } from './command.ts';
import { library } from './library.ts';

export function cardCommand(): Command {
  return commandOf(
    'card',
    'Write a model card of a training: data, scores with intervals, where it fails, what is not known',
    cardSchema.shape,
    async (given, context) => {
      const { card, file } = await (await library()).writeCard(given, context);
      const dice = card.test?.scores.find(({ metric }) => metric === 'dice');
      const [low, high] = dice?.ci95 ?? [];
      const interval = low === undefined ? '' : ` (${low.toFixed(3)} to ${high.toFixed(3)})`;
      const score = dice
        ? `test Dice ${dice.mean.toFixed(3)}${interval}, ${dice.images} images`
        : 'not tested';
      return { json: { ...card, file }, text: `${file}: ${score}` };
    },
  );
}
