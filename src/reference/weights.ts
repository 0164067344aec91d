/** The reference model's content: its metadata, its tensors and their seeded weights, as a stream of bytes. */
import {
  type GgufTensor,
  type GgufValue,
  layOutGguf,
  paddingBytes,
  Q8_BLOCK_BYTES,
  Q8_BLOCK_WEIGHTS,
  tensorBytes,
} from './gguf.js';
import {
  MODEL_VERSION,
  type ModelSize,
  modelId,
  modelSizes,
  type ReferenceSize,
  TRAINED_CONTEXT_LENGTH,
} from './model-size.js';
import { RandomWords } from './random.js';
import { buildVocabulary, CHAT_TEMPLATE, END_TOKEN, VOCABULARY_SIZE, type Vocabulary } from './vocabulary.js';

const SEED = 0x7479_7068;
// `general.file_type` of a file whose matrices are q8_0.
const FILE_TYPE_Q8_0 = 7;

interface WeightTensor extends GgufTensor {
  /** Standard deviation of the weights; a norm (`f32`) is all ones. */
  readonly deviation: number;
  /** Whether a row is all zeros, by its index. */
  readonly zeroRow?: (row: number) => boolean;
}

/** The whole file in order, in pieces of at most about a mebibyte. A piece is valid until the next one is asked for. */
export function modelBytes(size: ReferenceSize): Generator<Uint8Array> {
  return shapedModelBytes(modelId(size), modelSizes[size]);
}

export type ModelShape = Pick<ModelSize, 'layers' | 'width' | 'heads' | 'kvHeads' | 'headWidth' | 'feedForward'>;

/** As {@link modelBytes}, of a model of any shape. */
export function* shapedModelBytes(name: string, shape: ModelShape): Generator<Uint8Array> {
  const vocabulary = buildVocabulary();
  const tensors = modelTensors(shape, vocabulary);
  yield layOutGguf(modelMetadata(name, shape, vocabulary), tensors).header;
  for (const [index, tensor] of tensors.entries()) {
    yield* tensor.type === 'f32' ? ones(tensor) : randomBlocks(tensor, new RandomWords(SEED, index));
    yield new Uint8Array(paddingBytes(tensorBytes(tensor)));
  }
}

function modelMetadata(name: string, shape: ModelShape, vocabulary: Vocabulary): ReadonlyMap<string, GgufValue> {
  const count = (value: number): GgufValue => ({ type: 'uint32', value });
  const text = (value: string): GgufValue => ({ type: 'string', value });
  return new Map<string, GgufValue>([
    ['general.architecture', text('llama')],
    ['general.name', text(name)],
    ['general.version', text(`v${MODEL_VERSION}`)],
    ['general.description', text('Seeded random weights: real inference at an honest cost, meaningless text')],
    ['general.file_type', count(FILE_TYPE_Q8_0)],
    ['llama.context_length', count(TRAINED_CONTEXT_LENGTH)],
    ['llama.embedding_length', count(shape.width)],
    ['llama.block_count', count(shape.layers)],
    ['llama.feed_forward_length', count(shape.feedForward)],
    ['llama.attention.head_count', count(shape.heads)],
    ['llama.attention.head_count_kv', count(shape.kvHeads)],
    ['llama.attention.key_length', count(shape.headWidth)],
    ['llama.attention.value_length', count(shape.headWidth)],
    ['llama.attention.layer_norm_rms_epsilon', { type: 'float32', value: 1e-5 }],
    ['llama.rope.dimension_count', count(shape.headWidth)],
    ['llama.rope.freq_base', { type: 'float32', value: 500_000 }],
    ['llama.vocab_size', count(VOCABULARY_SIZE)],
    ['tokenizer.ggml.model', text('rwkv')],
    ['tokenizer.ggml.tokens', { type: 'strings', value: vocabulary.tokens }],
    ['tokenizer.ggml.token_type', { type: 'int32s', value: vocabulary.types }],
    ['tokenizer.ggml.eos_token_id', count(END_TOKEN)],
    ['tokenizer.ggml.eot_token_id', count(END_TOKEN)],
    ['tokenizer.ggml.add_bos_token', { type: 'bool', value: false }],
    ['tokenizer.ggml.add_eos_token', { type: 'bool', value: false }],
    ['tokenizer.chat_template', text(CHAT_TEMPLATE)],
  ]);
}

function modelTensors(shape: ModelShape, vocabulary: Vocabulary): WeightTensor[] {
  const { width, feedForward } = shape;
  const queries = shape.heads * shape.headWidth;
  const keys = shape.kvHeads * shape.headWidth;
  const norm = (name: string): WeightTensor => ({ name, type: 'f32', shape: [width], deviation: 0 });
  const tensors: WeightTensor[] = [matrix('token_embd.weight', width, VOCABULARY_SIZE, 1)];
  for (let layer = 0; layer < shape.layers; layer += 1) {
    const block = `blk.${layer}`;
    tensors.push(
      norm(`${block}.attn_norm.weight`),
      matrix(`${block}.attn_q.weight`, width, queries),
      matrix(`${block}.attn_k.weight`, width, keys),
      matrix(`${block}.attn_v.weight`, width, keys),
      matrix(`${block}.attn_output.weight`, queries, width),
      norm(`${block}.ffn_norm.weight`),
      matrix(`${block}.ffn_gate.weight`, width, feedForward),
      matrix(`${block}.ffn_up.weight`, width, feedForward),
      matrix(`${block}.ffn_down.weight`, feedForward, width),
    );
  }
  // A zero row gives the logit 0 whatever the state. The best of thousands of random logits is always above it, so
  // what the vocabulary does not mark as generated is never chosen.
  const zeroRow = (token: number): boolean => vocabulary.generated[token] !== true;
  tensors.push(norm('output_norm.weight'), { ...matrix('output.weight', width, VOCABULARY_SIZE), zeroRow });
  return tensors;
}

/** The default deviation keeps the variance of the inputs, whatever their number. */
function matrix(name: string, inputs: number, rows: number, deviation = 1 / Math.sqrt(inputs)): WeightTensor {
  return { name, type: 'q8_0', shape: [inputs, rows], deviation };
}

function* ones(tensor: GgufTensor): Generator<Uint8Array> {
  const bytes = Buffer.alloc(tensorBytes(tensor));
  for (let offset = 0; offset < bytes.length; offset += 4) bytes.writeFloatLE(1, offset);
  yield bytes;
}

const BLOCKS_A_PIECE = 32_768;
// Odd signed bytes: symmetric about zero and without -128, which the quantiser of llama.cpp never writes either.
const ODD_BYTES = 0x01010101;
// Standard deviation of the odd integers from -127 to 127.
const BYTE_DEVIATION = Math.sqrt((128 * 128 - 1) / 3);

function* randomBlocks(tensor: WeightTensor, random: RandomWords): Generator<Uint8Array> {
  const scale = halfBits(tensor.deviation / BYTE_DEVIATION);
  const blocks = tensorBytes(tensor) / Q8_BLOCK_BYTES;
  const blocksARow = (tensor.shape[0] ?? 0) / Q8_BLOCK_WEIGHTS;
  const piece = new Uint8Array(Math.min(blocks, BLOCKS_A_PIECE) * Q8_BLOCK_BYTES);
  const view = new DataView(piece.buffer);
  for (let begin = 0; begin < blocks; begin += BLOCKS_A_PIECE) {
    const end = Math.min(blocks, begin + BLOCKS_A_PIECE);
    for (let block = begin, offset = 0; block < end; block += 1, offset += Q8_BLOCK_BYTES) {
      view.setUint16(offset, scale, true);
      const weights = offset + 2;
      const next = offset + Q8_BLOCK_BYTES;
      if (tensor.zeroRow?.(Math.floor(block / blocksARow)) === true) piece.fill(0, weights, next);
      else random.fill(view, weights, next, ODD_BYTES);
    }
    yield piece.subarray(0, (end - begin) * Q8_BLOCK_BYTES);
  }
}

const single = new DataView(new ArrayBuffer(4));

/** IEEE half-precision bits of a positive value in the normal range, cut rather than rounded. */
function halfBits(value: number): number {
  single.setFloat32(0, value);
  const bits = single.getUint32(0);
  const exponent = ((bits >>> 23) & 0xff) - 127 + 15;
  return (exponent << 10) | ((bits >>> 13) & 0x3ff);
}
