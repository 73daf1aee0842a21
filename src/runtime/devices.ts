import type { InferenceSession } from 'onnxruntime-common';
import type { OperatorForms } from '../graph/operator.ts';
import type { OnnxModel } from '../onnx/model.ts';
import type { Device } from './device.ts';
import type { Binding } from './sessions.ts';
import { webgpuForms } from './webgpu-forms.ts';

/** What is known of a way to compute on a graphics processor. */
export interface Provider {
  /**
   * ONNX operators that it carries out as the processor does: the table of operators was run on it. Nodes of others run on the
   * processor. Absent where nobody has looked: then the self-check alone speaks for it.
   */
  readonly operators?: ReadonlySet<string>;
  /** In place of operators' own forms, where the provider is wrong. */
  readonly forms: OperatorForms;
  /** Whether the state can stay in its memory from run to run. */
  readonly keepsState: boolean;
  /** What is to be done where it does not start. */
  readonly remedy: string;
}

export const PROVIDERS: Readonly<Record<Exclude<Device, 'cpu'>, Provider>> = {
  webgpu: {
    operators: new Set([
      ...[
        'Abs',
        'Add',
        'AveragePool',
        'BatchNormalization',
        'Clip',
        'Concat',
        'Conv',
        'ConvTranspose',
        'Div',
      ],
      ...['Exp', 'Expand', 'Gather', 'HardSigmoid', 'Identity', 'Log', 'LogSoftmax', 'MatMul', 'Max'],
      ...['MaxPool', 'Min', 'Mul', 'Neg', 'Pad', 'ReduceSum', 'ReduceSumSquare', 'Relu', 'Reshape', 'Resize'],
      ...['Sigmoid', 'Sign', 'Slice', 'Sqrt', 'Sub', 'Transpose'],
    ]),
    forms: webgpuForms,
    keepsState: true,
    remedy:
      'install a driver for Vulkan (on macOS Metal, on Windows Direct3D 12 are there), or leave --device out',
  },
  cuda: {
    forms: {},
    keepsState: false,
    remedy: 'docs/gpu.md says which libraries it needs; or leave --device out',
  },
};

/** Forms that come before operators' own. */
export const formsFor = (device: Device): OperatorForms => (device === 'cpu' ? {} : PROVIDERS[device].forms);

/** Where outputs go that become the state, see `Binding`. */
export const stateOn = (device: Device): Binding['state'] =>
  device !== 'cpu' && PROVIDERS[device].keepsState ? 'on device' : 'in place';

/** Names of the nodes that a device is not trusted with. */
export function untrusted(device: Device, { nodes }: OnnxModel): string[] {
  const trusted = device === 'cpu' ? undefined : PROVIDERS[device].operators;
  return trusted ? nodes.flatMap(({ operator, outputs }) => (trusted.has(operator) ? [] : [outputs[0]])) : [];
}

/** @param onProcessor names of nodes that are not for the device */
export function executionProviders(
  device: Device,
  onProcessor: readonly string[] = [],
): InferenceSession.ExecutionProviderConfig[] {
  return onProcessor.length > 0 ? [{ name: 'webgpu', forceCpuNodeNames: onProcessor }] : [device];
}
