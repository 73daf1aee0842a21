import type { Value } from '../graph/graph.ts';
import { add, div, mul, sqrt, square, sub } from '../ops/elementwise.ts';

/** Settings of all optimizers; each reads its own. */
export interface OptimizerOptions {
  readonly momentum: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
}

/** A parameter, its gradient and the optimizer's memory of it, before a step. */
export interface Update {
  readonly parameter: Value;
  readonly gradient: Value;
  /** By the names in `slots`. */
  readonly memory: Readonly<Record<string, Value>>;
  /** By the names in `scalars`, and `lr`. */
  readonly scalars: Readonly<Record<string, Value>>;
}

/** An update rule as graph operators. */
export interface Optimizer {
  /** What it remembers of each parameter, as tensors of the parameter's shape that start at 0. */
  readonly slots: readonly string[];
  /** Numbers that change from step to step, counted from 1. */
  scalars(step: number, options: OptimizerOptions): Readonly<Record<string, number>>;
  /** The parameter and its memory after the step. */
  step(
    update: Update,
    options: OptimizerOptions,
  ): { parameter: Value; memory: Readonly<Record<string, Value>> };
}

/**
 * Adam (Kingma and Ba 2015) as PyTorch carries it out; AdamW (Loshchilov and Hutter 2019) decays apart from the gradient.
 *
 * What it remembers are PyTorch's averages without their constant factors, m / (1 - beta1) and v / (1 - beta2), and the
 * factors of a step are drawn together into two numbers: three passes fewer over all parameters, of thirteen.
 */
function adam(decoupled: boolean): Optimizer {
  return {
    slots: ['gradient_sum', 'square_sum'],
    scalars: (step, { beta1, beta2, epsilon }) => {
      const deviation = Math.sqrt((1 - beta2) / (1 - beta2 ** step));
      return {
        step_factor: (1 - beta1) / (1 - beta1 ** step) / deviation,
        step_epsilon: epsilon / deviation,
      };
    },
    step: ({ parameter, gradient, memory, scalars }, { beta1, beta2, weightDecay }) => {
      const { lr, step_factor, step_epsilon } = scalars;
      const decayed =
        decoupled && weightDecay > 0 ? sub(parameter, mul(parameter, mul(lr, weightDecay))) : parameter;
      const g = !decoupled && weightDecay > 0 ? add(gradient, mul(parameter, weightDecay)) : gradient;
      const gradientSum = add(mul(memory.gradient_sum, beta1), g);
      const squareSum = add(mul(memory.square_sum, beta2), square(g));
      const direction = div(gradientSum, add(sqrt(squareSum), step_epsilon));
      return {
        parameter: sub(decayed, mul(direction, mul(lr, step_factor))),
        memory: { gradient_sum: gradientSum, square_sum: squareSum },
      };
    },
  };
}

/** Optimizers by name, with PyTorch's semantics. */
export const optimizers = {
  /** Stochastic gradient descent with momentum, neither Nesterov's nor dampened. */
  sgd: {
    slots: ['momentum_buffer'],
    scalars: () => ({}),
    step: ({ parameter, gradient, memory, scalars }, { momentum, weightDecay }) => {
      const g = weightDecay > 0 ? add(gradient, mul(parameter, weightDecay)) : gradient;
      const velocity = add(mul(memory.momentum_buffer, momentum), g);
      return { parameter: sub(parameter, mul(velocity, scalars.lr)), memory: { momentum_buffer: velocity } };
    },
  },
  adam: adam(false),
  adamw: adam(true),
} satisfies Record<string, Optimizer>;

export type OptimizerName = keyof typeof optimizers;
