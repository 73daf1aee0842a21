import { create, toBinary } from '@bufbuild/protobuf';
import {
  type AttributeProto,
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  StringStringEntryProtoSchema,
  TensorProto_DataType,
  TensorProtoSchema,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TypeProto_SequenceSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  ValueInfoProtoSchema,
} from 'onnx-buf';
import type { Shape } from '../core/shape.ts';

/** A node attribute. Numbers are written as ints; floats are marked by `{ float }` and `{ floats }`. */
export type OnnxAttribute =
  | number
  | string
  | readonly number[]
  | { readonly float: number }
  | { readonly floats: readonly number[] };

export interface OnnxNode {
  readonly operator: string;
  /** '' for ONNX's own operators. */
  readonly domain: string;
  inputs: string[];
  outputs: string[];
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

export interface OnnxInitializer {
  readonly name: string;
  readonly shape: Shape;
  readonly data: Float32Array | BigInt64Array;
}

/** Numbers of ONNX's TensorProto.DataType, by the names that ONNX Runtime's tensors have for them. */
const ELEMENT_TYPES = {
  float32: TensorProto_DataType.FLOAT,
  uint8: TensorProto_DataType.UINT8,
  uint16: TensorProto_DataType.UINT16,
} as const;
export type OnnxElementType = keyof typeof ELEMENT_TYPES;

/** Name and shape of a graph input or output. An axis that is named instead of numbered is open: it has any extent. */
export interface OnnxTensorInfo<Extent extends number | string = number> {
  readonly name: string;
  readonly shape: readonly Extent[];
  /** Default float32. */
  readonly type?: OnnxElementType;
}

/** An ONNX model in memory: what `encodeModel` writes. */
export interface OnnxModel<Extent extends number | string = number> {
  readonly nodes: readonly OnnxNode[];
  readonly inputs: readonly OnnxTensorInfo<Extent>[];
  readonly outputs: readonly OnnxTensorInfo<Extent>[];
  /** Outputs that are lists of tensors instead; they stand before the others. */
  readonly lists?: readonly string[];
  readonly initializers: readonly OnnxInitializer[];
  /** Of tensors between the nodes, where they are known; not written. */
  readonly shapes?: ReadonlyMap<string, Shape>;
  readonly metadata?: Readonly<Record<string, string>>;
  /** What the model is, for people. */
  readonly description?: string;
  /** The version of fewmask that made it. */
  readonly producerVersion?: string;
}

const OPSET = 17;
const IR_VERSION = 8n;

/** The bytes of a ModelProto (opset 17). */
export function encodeModel(model: OnnxModel<number | string>): Uint8Array {
  const domains = new Set(['', ...model.nodes.map((node) => node.domain)]);
  const proto = create(ModelProtoSchema, {
    irVersion: IR_VERSION,
    producerName: 'fewmask',
    producerVersion: model.producerVersion,
    docString: model.description,
    opsetImport: [...domains].map((domain) =>
      create(OperatorSetIdProtoSchema, { domain, version: BigInt(domain === '' ? OPSET : 1) }),
    ),
    metadataProps: Object.entries(model.metadata ?? {}).map(([key, value]) =>
      create(StringStringEntryProtoSchema, { key, value }),
    ),
    graph: create(GraphProtoSchema, {
      name: 'fewmask',
      node: model.nodes.map((node) =>
        create(NodeProtoSchema, {
          name: node.outputs[0],
          opType: node.operator,
          domain: node.domain,
          input: node.inputs,
          output: node.outputs,
          attribute: Object.entries(node.attributes).map(([name, value]) => attribute(name, value)),
        }),
      ),
      input: model.inputs.map(valueInfo),
      output: [...(model.lists ?? []).map(listInfo), ...model.outputs.map(valueInfo)],
      initializer: model.initializers.map((initializer) =>
        create(TensorProtoSchema, {
          name: initializer.name,
          dims: initializer.shape.map(BigInt),
          dataType:
            initializer.data instanceof Float32Array
              ? TensorProto_DataType.FLOAT
              : TensorProto_DataType.INT64,
          rawData: bytesOf(initializer.data),
        }),
      ),
    }),
  });
  return toBinary(ModelProtoSchema, proto);
}

function attribute(name: string, value: OnnxAttribute): AttributeProto {
  const Type = AttributeProto_AttributeType;
  if (typeof value === 'number')
    return create(AttributeProtoSchema, { name, type: Type.INT, i: BigInt(value) });
  if (typeof value === 'string') {
    return create(AttributeProtoSchema, { name, type: Type.STRING, s: new TextEncoder().encode(value) });
  }
  if ('floats' in value)
    return create(AttributeProtoSchema, { name, type: Type.FLOATS, floats: [...value.floats] });
  if ('float' in value) return create(AttributeProtoSchema, { name, type: Type.FLOAT, f: value.float });
  return create(AttributeProtoSchema, { name, type: Type.INTS, ints: value.map(BigInt) });
}

function valueInfo({ name, shape, type: elements = 'float32' }: OnnxTensorInfo<number | string>) {
  const dim = shape.map((extent) =>
    create(TensorShapeProto_DimensionSchema, {
      value:
        typeof extent === 'string'
          ? { case: 'dimParam', value: extent }
          : { case: 'dimValue', value: BigInt(extent) },
    }),
  );
  const tensorType = create(TypeProto_TensorSchema, {
    elemType: ELEMENT_TYPES[elements],
    shape: create(TensorShapeProtoSchema, { dim }),
  });
  const type = create(TypeProtoSchema, { value: { case: 'tensorType', value: tensorType } });
  return create(ValueInfoProtoSchema, { name, type });
}

function listInfo(name: string) {
  const tensorType = create(TypeProto_TensorSchema, { elemType: TensorProto_DataType.FLOAT });
  const elemType = create(TypeProtoSchema, { value: { case: 'tensorType', value: tensorType } });
  const sequenceType = create(TypeProto_SequenceSchema, { elemType });
  const type = create(TypeProtoSchema, { value: { case: 'sequenceType', value: sequenceType } });
  return create(ValueInfoProtoSchema, { name, type });
}

function bytesOf(data: Float32Array | BigInt64Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
}
