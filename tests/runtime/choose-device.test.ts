import { expect, test } from 'vitest';
import type { WorkEvent } from '../../src/core/events.ts';
import { chosenDevice, lookAt } from '../../src/runtime/choose-device.node.ts';
import { refusal } from '../support/expect-user-error.ts';
import { describeWithWebgpu } from '../support/webgpu.ts';

test('the processor is not looked at', async () => {
  const events: WorkEvent[] = [];
  expect(await chosenDevice('cpu', { onEvent: (event) => events.push(event) })).toBe('cpu');
  expect(events).toEqual([]);
});

test('a device that does not start is an error where it is asked for by name', async () => {
  const state = await lookAt('cuda');
  if (!('reason' in state)) return;
  const message = await refusal(chosenDevice('cuda'));
  expect(message).toMatch(/^device cuda: got .*(cuda|provider|library).*, expected a graphics processor/i);
  expect(message).toContain('docs/gpu.md');
});

describeWithWebgpu('where WebGPU is imitated by the processor', () => {
  test('auto stays with the processor, and says so', async () => {
    const state = await lookAt('webgpu');
    if ('reason' in state || state.ms.device < state.ms.cpu) return;
    const told: string[] = [];
    const onEvent = (event: WorkEvent) => event.type === 'notice' && told.push(event.text);
    expect(await chosenDevice('auto', { onEvent })).toBe('cpu');
    expect(told).toEqual(['no graphics processor that is faster: computing on the processor']);
  });

  test('asked for by name it is taken, with a word', async () => {
    const told: string[] = [];
    const onEvent = (event: WorkEvent) => event.type === 'notice' && told.push(event.text);
    expect(await chosenDevice('webgpu', { onEvent })).toBe('webgpu');
    expect(told.join()).toMatch(/^(webgpu is 0\.\d+ times as fast as the processor here)?$/);
  });
});
