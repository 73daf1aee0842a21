/** What computes: the processor, or a graphics processor by one of the runtime's providers. */
export const DEVICES = ['cpu', 'webgpu', 'cuda'] as const;
export type Device = (typeof DEVICES)[number];

/** What can be asked for; `auto`: the first that is there, computes rightly and is faster than the processor. */
export const DEVICE_CHOICES = [...DEVICES, 'auto'] as const;
export type DeviceChoice = (typeof DEVICE_CHOICES)[number];

/** How much faster a device is than the processor, for people. */
export const timesAsFast = ({ ms }: { readonly ms: Readonly<Record<'device' | 'cpu', number>> }): string =>
  `${Number((ms.cpu / ms.device).toPrecision(2))} times`;
