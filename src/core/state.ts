/** Outputs of a model with this prefix are the next values of the state's tensors of the same name without it. */
export const NEXT_PREFIX = 'next/';
