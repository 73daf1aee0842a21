/** Parameters that learn in a way of their own. */
export interface ParameterGroup {
  readonly name: string;
  /** What the names of its parameters start with, as `encoder.`. */
  readonly prefix: string;
  /** Factor on the learning rate. */
  readonly lrFactor: number;
  /** In place of the optimizer's weight decay. */
  readonly weightDecay?: number;
  /**
   * In so many epochs from the first it is frozen: its parameters do not decay, the optimizer keeps no memory of them, and
   * their steps are counted from then on.
   */
  readonly frozenEpochs: number;
}

/** The group of a parameter; undefined for those that learn like most. */
export function groupOf(groups: readonly ParameterGroup[], parameter: string): ParameterGroup | undefined {
  return groups.find(({ prefix }) => parameter.startsWith(prefix));
}

/** The groups that are trained in an epoch, counted from 1. */
export function unfrozen(groups: readonly ParameterGroup[], epoch: number): readonly ParameterGroup[] {
  return groups.filter(({ frozenEpochs }) => epoch > frozenEpochs);
}

/** The input of a step graph that holds a number of the optimizer, such as `lr`, for a group: `lr/encoder`. */
export function scalarName(scalar: string, group: ParameterGroup | undefined): string {
  return group ? `${scalar}/${group.name}` : scalar;
}
