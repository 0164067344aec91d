/**
 * The GGUF container, version 3: metadata, a table of tensors, and where each tensor's bytes belong. Layout from
 * https://github.com/ggml-org/ggml/blob/master/docs/gguf.md; everything is little-endian.
 */

const MAGIC = 'GGUF';
const VERSION = 3;
/** Tensors begin at multiples of this many bytes, the format's default. */
export const GGUF_ALIGNMENT = 32;
/** Weights in one block of the `q8_0` type: 32 signed bytes behind one half-precision scale. */
export const Q8_BLOCK_WEIGHTS = 32;
export const Q8_BLOCK_BYTES = 2 + Q8_BLOCK_WEIGHTS;

const valueTypeIds = { uint32: 4, int32: 5, float32: 6, bool: 7, string: 8, array: 9 } as const;
const tensorTypeIds = { f32: 0, q8_0: 8 } as const;

export type GgufTensorType = keyof typeof tensorTypeIds;

export type GgufValue =
  | { readonly type: 'uint32' | 'float32'; readonly value: number }
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'strings'; readonly value: readonly string[] }
  | { readonly type: 'int32s'; readonly value: readonly number[] };

/** `shape` begins with the dimension that is contiguous in memory, as GGUF has it. */
export interface GgufTensor {
  readonly name: string;
  readonly type: GgufTensorType;
  readonly shape: readonly number[];
}

export interface GgufLayout {
  /** All bytes before the first tensor, padding included. */
  readonly header: Buffer;
  /** Length of the whole file in bytes. */
  readonly fileBytes: number;
}

/** Bytes of a tensor's data, without the padding behind it. */
export function tensorBytes(tensor: GgufTensor): number {
  const weights = tensor.shape.reduce((product, dimension) => product * dimension, 1);
  switch (tensor.type) {
    case 'f32':
      return weights * 4;
    case 'q8_0':
      return (weights / Q8_BLOCK_WEIGHTS) * Q8_BLOCK_BYTES;
  }
}

/** The zero bytes that bring `bytes` to the next multiple of the alignment. */
export function paddingBytes(bytes: number): number {
  return (GGUF_ALIGNMENT - (bytes % GGUF_ALIGNMENT)) % GGUF_ALIGNMENT;
}

/** Encodes everything before the tensors' data, which must follow in the given order, each padded to the alignment. */
export function layOutGguf(metadata: ReadonlyMap<string, GgufValue>, tensors: readonly GgufTensor[]): GgufLayout {
  const parts = [Buffer.from(MAGIC), uint32(VERSION), uint64(tensors.length), uint64(metadata.size)];
  for (const [key, value] of metadata) parts.push(text(key), typedValue(value));
  let offset = 0;
  for (const tensor of tensors) {
    parts.push(text(tensor.name), uint32(tensor.shape.length), ...tensor.shape.map(uint64));
    parts.push(uint32(tensorTypeIds[tensor.type]), uint64(offset));
    const bytes = tensorBytes(tensor);
    offset += bytes + paddingBytes(bytes);
  }
  const unpadded = Buffer.concat(parts);
  const header = Buffer.concat([unpadded, Buffer.alloc(paddingBytes(unpadded.length))]);
  return { header, fileBytes: header.length + offset };
}

function typedValue(value: GgufValue): Buffer {
  switch (value.type) {
    case 'uint32':
      return Buffer.concat([uint32(valueTypeIds.uint32), uint32(value.value)]);
    case 'float32':
      return Buffer.concat([uint32(valueTypeIds.float32), float32(value.value)]);
    case 'bool':
      return Buffer.concat([uint32(valueTypeIds.bool), Buffer.from([value.value ? 1 : 0])]);
    case 'string':
      return Buffer.concat([uint32(valueTypeIds.string), text(value.value)]);
    case 'strings':
      return array(valueTypeIds.string, value.value.map(text));
    case 'int32s':
      return array(valueTypeIds.int32, value.value.map(int32));
  }
}

function array(elementTypeId: number, elements: readonly Buffer[]): Buffer {
  return Buffer.concat([uint32(valueTypeIds.array), uint32(elementTypeId), uint64(elements.length), ...elements]);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([uint64(bytes.length), bytes]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}

function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function float32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return bytes;
}
