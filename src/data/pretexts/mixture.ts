import { UserError } from '../../core/errors.ts';
import { nearest } from '../../core/nearest.ts';
import { PRETEXT_NAMES, type PretextName } from './index.ts';

/** A task of a mixture by its name, and how much of the mixture it is beside the others. */
export interface Share {
  readonly name: PretextName;
  /** Above 0. */
  readonly share: number;
}

/**
 * `mask`, or a mixture as `denoise:2,mask:1`; a share that is left out is 1.
 *
 * @param setting what the text was given for
 * @throws UserError for anything else
 */
export function parsePretext(text: string, setting = 'pretext'): Share[] {
  const complain = (fix?: string) => noPretext(setting, text, fix);
  const shares = text.split(',').map((part) => shareOf(part.trim(), complain));
  const names = shares.map(({ name }) => name);
  if (new Set(names).size < names.length) throw complain('name each task once');
  return shares;
}

/** A mixture in one spelling; of a single task, its name. */
export function formatPretext(shares: readonly Share[]): string {
  return shares.length === 1 ? shares[0].name : shares.map(({ name, share }) => `${name}:${share}`).join(',');
}

function shareOf(part: string, complain: (fix?: string) => UserError): Share {
  const [, word, number] = /^([a-z]+)(?::(\d+\.?\d*|\.\d+))?$/.exec(part) ?? [];
  const name = PRETEXT_NAMES.find((known) => known === word);
  if (word && !name) throw complain(`did you mean ${nearest(word, PRETEXT_NAMES)}?`);
  const share = number === undefined ? 1 : Number(number);
  if (!name || share === 0) throw complain();
  return { name, share };
}

function noPretext(setting: string, text: string, fix?: string): UserError {
  return new UserError({
    what: setting,
    got: JSON.stringify(text),
    expected: `one of ${PRETEXT_NAMES.join(', ')}, or a mixture as denoise:2,mask:1, shares above 0`,
    fix,
  });
}
