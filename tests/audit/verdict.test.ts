import { describe, expect, test } from 'vitest';
import { type Evidence, labelNetwork } from '../../src/audit/verdict.ts';

/** A plain copy: everything comes through the skips, whatever it is. */
const copy: Evidence = {
  explained: 0.98,
  leak: 0.98,
  depth_alone: -0.5,
  skip_silent: -4,
  skill: null,
  copied: 0.9,
  noise: 20.8,
  over_readout: 2,
};

describe('the label', () => {
  test.each<[string, Partial<Evidence>, string]>([
    ['of a copy', {}, 'copies through skips'],
    ['of a denoiser that passes its input on', { skill: 0.05 }, 'copies through skips'],
    ['of a denoiser that repairs it', { skill: 0.7 }, 'mixed'],
    ['where a changed pixel is painted over', { copied: 0.01 }, 'mixed'],
    ['whatever becomes of noise', { noise: 9.6 }, 'copies through skips'],
    ['where the depth has a part', { leak: 0.7 }, 'mixed'],
    ['where no skip is needed', { skip_silent: 0.8 }, 'mixed'],
    ['where the depth could do without the skips', { depth_alone: 0.4 }, 'mixed'],
    ['where the depth has the larger part', { leak: 0.3 }, 'reconstructs from depth'],
    ['where the skips do harm', { leak: -0.2 }, 'reconstructs from depth'],
    ['of a network worse than a constant', { explained: -2, leak: 0.99 }, 'explains nothing'],
    ['without shares', { leak: null }, 'explains nothing'],
    [
      'where the targets do not differ',
      { explained: null, depth_alone: null, skip_silent: null },
      'undecided',
    ],
    ['of which little is known', { copied: null, noise: null }, 'copies through skips'],
  ])('%s', (_, changes, expected) => {
    expect(labelNetwork('autoencoder', { ...copy, ...changes }).label).toBe(expected);
  });

  test('of a segmentation network follows the same rules, but says nothing of copies', () => {
    const few = { ...copy, skill: null, copied: null, noise: null, over_readout: null };
    const labelOf = (changes: Partial<Evidence>) =>
      labelNetwork('segmentation', { ...few, ...changes }).label;
    expect(labelOf({})).toBe('relies on skips');
    expect(labelOf({ leak: 0.3 })).toBe('relies on depth');
    expect(labelOf({ depth_alone: 0.4 })).toBe('mixed');
    expect(labelOf({ explained: 0 })).toBe('explains nothing');
  });

  test('comes with a reason for each measure that there is, figures in them', () => {
    const { because } = labelNetwork('autoencoder', { ...copy, skill: 0.1 });
    expect(because.join('; ')).toMatch(
      /skips carry 98 %.*alone explains next to nothing.*needs most it explains next to nothing.*10 % of the error.*90 % are found.*90 % of white noise.*2\.0 dB better/,
    );
    expect(
      labelNetwork('autoencoder', { ...copy, copied: null, noise: null, over_readout: null }).because,
    ).toHaveLength(3);
    expect(labelNetwork('autoencoder', { ...copy, explained: -2 }).because[0]).toContain('3.00 times');
  });

  test('of a network without skips says that there is none', () => {
    const { label, because } = labelNetwork('autoencoder', {
      ...copy,
      leak: 0,
      skip_silent: null,
      over_readout: null,
    });
    expect(label).toBe('reconstructs from depth');
    expect(because).toEqual(['it has no skip connections']);
  });
});
