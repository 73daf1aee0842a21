import { manifest } from '../core/manifest.node.ts';
import { lower } from '../graph/lower.ts';
import { evaluationGraph } from '../nn/step-graph.ts';
import { encodeModel, type OnnxModel, type OnnxTensorInfo } from '../onnx/model.ts';
import type { TrainedNetwork } from './model-facts.node.ts';
import { type RawInput, withRawInput } from './raw-input.ts';

/**
 * A network as the bytes of an ONNX model, its weights inside, as `exportRun` tells.
 *
 * @param options.gates whether it has the input `skip_gates`
 * @param options.raw takes pixels as they are, see `withRawInput`
 */
export function onnxModel(
  { network, objective }: TrainedNetwork,
  options: {
    readonly gates?: boolean;
    readonly raw?: RawInput;
    readonly metadata: Readonly<Record<string, string>>;
  },
): Uint8Array {
  const { architecture, encoder, weights, size } = network;
  const { name: kind, output } = objective;
  // Nothing in the graph depends on the batch: it is made for one image, and takes any number.
  const { outputs } = evaluationGraph(architecture, encoder, {
    ...size,
    batch: 1,
    weights,
    outputName: output.name,
    gates: options.gates,
    literal: true,
  });
  const model = lower(outputs);
  const image = options.raw
    ? '[N, H, W, C], pixels as they are'
    : `[N, 3, ${size.height}, ${size.width}], RGB in [-1, 1]`;
  return encodeModel({
    ...(options.raw ? withRawInput(model, options.raw) : withOpenBatch(model)),
    metadata: options.metadata,
    producerVersion: manifest.version,
    description: `${kind}: image ${image} -> ${output.name}`,
  });
}

/** For any number of images. */
function withOpenBatch(model: OnnxModel): OnnxModel<number | string> {
  const open = ({ name, shape }: OnnxTensorInfo) => ({
    name,
    shape: shape.length === 4 ? ['N', ...shape.slice(1)] : shape,
  });
  return { ...model, inputs: model.inputs.map(open), outputs: model.outputs.map(open) };
}
