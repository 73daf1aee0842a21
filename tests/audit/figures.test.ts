import { expect, test } from 'vitest';
import { FIGURES, figuresOf } from '../../src/audit/figures.ts';
import { skipsOf } from '../../src/audit/paths.ts';
import { REFERENCES } from '../../src/audit/references.ts';
import { labelNetwork } from '../../src/audit/verdict.ts';
import { DECODER_NAMES } from '../../src/nn/model.ts';
import type { AuditResult } from '../../src/records/audit-result.ts';

const score = { mse: 0.01, psnr: 20 };
const path = (name: string, stride: number, shapley: number) => ({
  ...{ name, stride, shapley },
  ...{ zero: score, mean: score, shuffle: score },
});
const result: Omit<AuditResult, 'verdict' | 'weights' | 'levels'> = {
  kind: 'autoencoder',
  encoder: 'mobilenetv2',
  decoder: 'unet',
  images: 4,
  reference: score,
  input: { mse: 0.04, psnr: 14 },
  mean_target: { mse: 0.05, psnr: 13 },
  nothing: { mse: 0.06, psnr: 12.2 },
  paths: [
    path('skip1', 2, 0.5),
    { ...path('skip2', 4, 0.3), zero: { mse: 0.03, psnr: 15.2 } },
    path('skip3', 8, 0.2),
    path('skip4', 16, -0.1),
    path('bottleneck', 32, 0.1),
  ],
  depth_alone: { zero: { mse: 0.08, psnr: 11 }, mean: { mse: 0.04, psnr: 14 } },
  swap: { to_host_mse: 0.01, to_donor_mse: 0.03, skips: { to_host_mse: 0.03, to_donor_mse: 0.03 } },
  linear_readout: { psnr: 18, network_psnr: 20.5 },
  skill: 0.75,
  out_of_domain: [
    { set: 'noise', psnr: 9 },
    { set: 'inverted', psnr: 11 },
  ],
  bands: [],
  blind_spot: { replaced_mse: 0.02, kept_mse: 0.01, gap: 0.01, copied: 0.08 },
  receptive_field: { within: {}, half: 12 },
  gates: null,
};

test('the figures are read from where they stand, and those that were not measured are null', () => {
  expect(figuresOf(result, 0.9)).toEqual({
    quality: 20,
    explained: expect.closeTo(0.8, 12),
    leak: 0.9,
    depth_alone: expect.closeTo(0.2, 12),
    skip_silent: expect.closeTo(0.4, 12),
    skill: 0.75,
    copied: 0.08,
    over_readout: 2.5,
    noise: 9,
    shuffled: null,
    inverted: 11,
    chart: null,
    half_radius: 12,
    bottleneck_swapped: 0.25,
    skips_swapped: 0.5,
  });
  const deep = figuresOf({ ...result, paths: result.paths.slice(-1) }, 0);
  expect(deep).toMatchObject({ skip_silent: null, leak: 0 });
  // One image, or empty masks only: whatever the errors.
  for (const mse of [0, 1e-16])
    expect(figuresOf({ ...result, mean_target: { mse, dice: 1 } }, 0.9)).toMatchObject({
      ...{ explained: null, depth_alone: null, skip_silent: null },
    });
  const few = { ...result, swap: null, linear_readout: null, blind_spot: null, out_of_domain: [] };
  expect(figuresOf(few, null)).toMatchObject({
    leak: null,
    over_readout: null,
    copied: null,
    skips_swapped: null,
  });
});

test('reference networks have every figure, and the label that the rules give them', () => {
  for (const { name, kind, label, figures, paths } of REFERENCES) {
    expect(Object.keys(figures).sort(), name).toEqual([...FIGURES].sort());
    expect(labelNetwork(kind, figures).label, name).toBe(label);
    const skips = skipsOf(paths).reduce((sum, { shapley }) => sum + shapley!, 0);
    expect(skips, name).toBeCloseTo(figures.leak!, 2);
    expect(skips + paths.at(-1)!.shapley!, name).toBeCloseTo(1, 2);
  }
  for (const decoder of DECODER_NAMES) {
    const own = REFERENCES.filter((reference) => reference.decoder === decoder);
    expect(own.map(({ kind }) => kind)).toContain('autoencoder');
    expect(own.map(({ kind }) => kind)).toContain('segmentation');
    const identity = own.find(({ name }) => name === 'identity')!;
    expect(identity.label).toBe('copies through skips');
  }
});
