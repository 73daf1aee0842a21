import { expect, test } from 'vitest';
import { benchmark } from '../../src/bench/benchmark.node.ts';
import { refusal } from '../support/expect-user-error.ts';

test.each([
  'auto',
  'webgpu',
  'cuda',
] as const)('the peer computes on the processor only: --device %s', async (device) => {
  expect(await refusal(benchmark({ device, compare: 'pytorch' }))).toBe(
    `compare: got the device ${device}, expected cpu, on which pytorch is measured; leave out one of --compare and --device`,
  );
});
