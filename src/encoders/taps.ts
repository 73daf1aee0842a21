import { UserError } from '../core/errors.ts';

/** An output of a model that is wanted as features. */
export interface OutputChoice {
  readonly name: string;
  /** As it is written, for an output whose own name ends so. */
  readonly whole: string;
  /** Of tokens: so many stand before those of the map. */
  readonly dropped?: number;
}

/**
 * Reads `NAME,NAME@N,..`: names of outputs, with the number of class and register tokens to leave out.
 *
 * @throws UserError for an empty name, or one that is there twice
 */
export function parseEncoderTaps(text: string): OutputChoice[] {
  const choices = text.split(',').map((part): OutputChoice => {
    const [, name, dropped] = /^(.*?)(?:@(\d+))?$/.exec(part.trim())!;
    return { name, whole: part.trim(), ...(dropped !== undefined && { dropped: Number(dropped) }) };
  });
  const names = choices.map(({ name }) => name);
  if (names.every((name, i) => name !== '' && names.indexOf(name) === i)) return choices;
  throw new UserError({
    what: 'encoderTaps',
    got: JSON.stringify(text),
    expected: 'names of outputs, each once, such as features.3,features.7 or last_hidden_state@5',
  });
}
