import * as library from '../../src/library/training.node.ts';
import { resolveTrain as resolve } from '../../src/settings/resolve.node.ts';
import type { TrainOptions } from '../../src/settings/training.ts';
import * as training from '../../src/train/train.node.ts';

/** The short and plain training that most tests mean: the recipe classic, if they name no other. What is resumed has its own. */
const classic = (options: TrainOptions): TrainOptions =>
  Object.keys(options).length === 0 ? options : { recipe: 'classic', ...options };

export const resolveTrain = (options: TrainOptions, cores: number) => resolve(classic(options), cores);

export const runTraining: typeof training.runTraining = (options, place) =>
  training.runTraining(classic(options), place);

export const train: typeof library.train = (options, output) => library.train(classic(options), output);
