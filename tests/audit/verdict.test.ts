import { describe, expect, test } from 'vitest';
import { type Evidence, judge } from '../../src/audit/verdict.ts';

/** A plain copy: everything comes through the skips, whatever it is. */
const copy: Evidence = { explained: 0.98, leak: 0.98, skill: undefined, copied: 0.9, noise: 0.9, gain: 2 };

describe('the label', () => {
  test.each<[string, Partial<Evidence>, string]>([
    ['of a copy', {}, 'copies through skips'],
    ['of a denoiser that passes its input on', { skill: 0.05 }, 'copies through skips'],
    ['of a denoiser that repairs it', { skill: 0.7 }, 'mixed'],
    ['where a changed pixel is painted over', { copied: 0.01 }, 'mixed'],
    ['whatever becomes of noise', { noise: -0.3 }, 'copies through skips'],
    ['where the depth has a part', { leak: 0.7 }, 'mixed'],
    ['where the depth has the larger part', { leak: 0.3 }, 'reconstructs from depth'],
    ['where the skips do harm', { leak: -0.2 }, 'reconstructs from depth'],
    ['of a network worse than a constant', { explained: -2, leak: 0.99 }, 'explains nothing'],
    ['without shares', { leak: undefined }, 'explains nothing'],
    [
      'of a segmentation, of which only the share is known',
      { copied: undefined, noise: undefined },
      'copies through skips',
    ],
  ])('%s', (_, changes, expected) => {
    expect(judge({ ...copy, ...changes }).label).toBe(expected);
  });

  test('comes with a reason for each measure that there is, figures in them', () => {
    const { because } = judge({ ...copy, skill: 0.1 });
    expect(because.join('; ')).toMatch(
      /skips carry 98 %.*10 % of the error.*90 % are found.*90 % of white noise.*2\.0 dB better/,
    );
    expect(judge({ ...copy, copied: undefined, noise: undefined, gain: undefined }).because).toHaveLength(1);
    expect(judge({ ...copy, explained: -2 }).because[0]).toContain('3.00 times');
  });
});
