/** The sizes in which the reference model exists: shape, memory and the checksum of each file. */

export const referenceSizes = ['tiny', 'small', 'medium', 'large'] as const;
export type ReferenceSize = (typeof referenceSizes)[number];

/**
 * Part of the file's name and metadata, raised with anything that changes a file's bytes: two versions of typhon then
 * share one cache folder without rewriting each other's files.
 */
export const MODEL_VERSION = 1;

/**
 * Positions the metadata allow in every size; what is served is `contextLength` or what the caller asks for. Random
 * weights were trained on no length, so the largest that a benchmark asks for is no less true than a small one.
 */
export const TRAINED_CONTEXT_LENGTH = 262_144;

export interface ModelSize {
  readonly layers: number;
  readonly width: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headWidth: number;
  readonly feedForward: number;
  /** Tokens of context that are served unless the caller says otherwise. */
  readonly contextLength: number;
  /**
   * A width of 256 spends an 8k context's decode in attention; there the plain kernels of llama.cpp's CPU code were
   * twice as fast as flash attention at 2k and no slower at 8k.
   */
  readonly flashAttention: boolean | 'auto';
  /** CPU threads; `undefined`: one for each core. A second thread costs `tiny` far more in hand-overs than it adds. */
  readonly threads: number | undefined;
  /** Whether it goes to a GPU by itself where the machine has one; `tiny` stays on the CPU, the same yardstick everywhere. */
  readonly gpu: boolean;
  /** Bytes of the file, exactly. */
  readonly fileBytes: number;
  readonly sha256: string;
}

export const modelSizes: Readonly<Record<ReferenceSize, ModelSize>> = {
  // 4.6 M weights; 2 KiB of KV cache a token.
  tiny: {
    layers: 4,
    width: 256,
    heads: 2,
    kvHeads: 1,
    headWidth: 128,
    feedForward: 704,
    contextLength: 16_384,
    flashAttention: false,
    threads: 1,
    gpu: false,
    fileBytes: 5_735_680,
    sha256: '34e5220f012fabc503e294c469f2338457dea0ae2f6d470cd042fad707c09063',
  },
  // 82 M weights; 12 KiB of KV cache a token.
  small: {
    layers: 12,
    width: 768,
    heads: 6,
    kvHeads: 2,
    headWidth: 128,
    feedForward: 2048,
    contextLength: 32_768,
    flashAttention: 'auto',
    threads: undefined,
    gpu: true,
    fileBytes: 87_903_648,
    sha256: '17b24a1aafcedb589b600cdded26b0f7ad3567bf9bcf7e5606b3ef7ce7016eb9',
  },
  // 1 G weights; 32 KiB of KV cache a token.
  medium: {
    layers: 16,
    width: 2048,
    heads: 16,
    kvHeads: 4,
    headWidth: 128,
    feedForward: 8192,
    contextLength: 65_536,
    flashAttention: 'auto',
    threads: undefined,
    gpu: true,
    fileBytes: 1_054_312_960,
    sha256: '99769db7ae6f724c81fa20d3bb247e34a3a68b7274c263f4d30dcda5221cbd95',
  },
  // 7 G weights; 128 KiB of KV cache a token.
  large: {
    layers: 32,
    width: 4096,
    heads: 32,
    kvHeads: 8,
    headWidth: 128,
    feedForward: 14_336,
    contextLength: 65_536,
    flashAttention: 'auto',
    threads: undefined,
    gpu: true,
    fileBytes: 7_456_803_744,
    sha256: 'acd19f8df892abcc6b630083d1cd7c8b1748afcc8b11c3970d008550c92475f8',
  },
};

/** The id under which the server lists the model. */
export function modelId(size: ReferenceSize): string {
  return `typhon-reference-${size}`;
}
