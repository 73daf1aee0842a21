/** `plain`: ONNX's own operators only; `auto`: the runtime's blocked ones where they are sound. */
export const KERNELS = ['auto', 'plain'] as const;
export type Kernels = (typeof KERNELS)[number];
