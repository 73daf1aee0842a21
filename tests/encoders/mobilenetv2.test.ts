import { expect, test } from 'vitest';
import { mobileNetV2, mobileNetV2PyTorch } from '../../src/encoders/mobilenetv2.ts';

test("MobileNetV2 of PyTorch's libraries has the same tensors and taps, and reads other numbers", () => {
  expect(mobileNetV2PyTorch.tensors).toEqual(mobileNetV2.tensors);
  expect(mobileNetV2PyTorch.taps).toEqual(mobileNetV2.taps);
  expect(mobileNetV2PyTorch.input).not.toEqual(mobileNetV2.input);
  expect(mobileNetV2PyTorch.name).not.toBe(mobileNetV2.name);
});
