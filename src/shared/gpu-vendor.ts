/** How a vendor's GPUs are told from others, whether or not this machine can read them. */
export interface GpuVendorTraits {
  /** As it is written. */
  readonly name: string;
  /** The vendor's number on PCI, four hexadecimal digits; `undefined` where its GPUs are no PCI devices. */
  readonly pciId: string | undefined;
  /** Found in what the operating system says of a graphics controller. */
  readonly mention: RegExp;
}

/** In the order of preference: a card that runs models before graphics that runs a desktop. */
export const gpuVendors = {
  nvidia: { name: 'NVIDIA', pciId: '10de', mention: /nvidia/i },
  amd: { name: 'AMD', pciId: '1002', mention: /advanced micro devices|\bAMD\b|\bATI\b|radeon/i },
  intel: { name: 'Intel', pciId: '8086', mention: /\bintel\b/i },
  apple: { name: 'Apple', pciId: undefined, mention: /\bapple\b/i },
} as const satisfies Readonly<Record<string, GpuVendorTraits>>;

export type GpuVendor = keyof typeof gpuVendors;

export const gpuVendorIds = Object.keys(gpuVendors) as readonly GpuVendor[];
