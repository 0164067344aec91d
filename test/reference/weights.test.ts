import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type GgufTensorInfo, readGgufFileInfo } from 'node-llama-cpp';
import t from 'tap';
import { modelSizes } from '../../src/reference/model-size.js';
import { buildVocabulary } from '../../src/reference/vocabulary.js';
import { modelBytes } from '../../src/reference/weights.js';

const file = Buffer.concat(Array.from(modelBytes('tiny'), (piece) => Buffer.from(piece)));
const path = join(t.testdir(), 'tiny.gguf');
await writeFile(path, file);
const info = await readGgufFileInfo(path, { logWarnings: false });

function tensor(name: string): GgufTensorInfo {
  const found = info.fullTensorInfo?.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`no tensor ${name}`);
  return found;
}

/** The weights of a `q8_0` row, multiplied out. */
function row(name: string, index: number): number[] {
  const { dimensions, fileOffset } = tensor(name);
  const blocks = Number(dimensions[0]) / 32;
  const begin = Number(fileOffset) + index * blocks * 34;
  return Array.from({ length: blocks }, (_, block) => {
    const at = begin + block * 34;
    const bits = file.readUInt16LE(at);
    const scale = (1 + (bits & 0x3ff) / 1024) * 2 ** ((bits >>> 10) - 15);
    return Array.from({ length: 32 }, (_, weight) => scale * file.readInt8(at + 2 + weight));
  }).flat();
}

function deviation(values: readonly number[]): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
}

t.test('the pieces make the declared file', async (t) => {
  t.equal(file.length, modelSizes.tiny.fileBytes);
});

t.test('a reader finds a Llama model of the declared shape', async (t) => {
  const { layers, width, heads, kvHeads, headWidth, feedForward } = modelSizes.tiny;
  t.match(info.metadata, {
    general: { architecture: 'llama', name: 'typhon-reference-tiny' },
    llama: {
      block_count: layers,
      embedding_length: width,
      feed_forward_length: feedForward,
      attention: { head_count: heads, head_count_kv: kvHeads, key_length: headWidth },
    },
    tokenizer: { ggml: { model: 'rwkv', eos_token_id: 256 } },
  });
  t.equal(info.fullTensorInfo?.length, 2 + 9 * layers + 1);
});

t.test('the weights spread as declared: ones for the embedding, by their inputs for the matrices', async (t) => {
  const near = (name: string, expected: number): void => {
    const values = Array.from({ length: 64 }, (_, index) => row(name, 300 + index)).flat();
    t.ok(Math.abs(deviation(values) / expected - 1) < 0.03, `${name}: ${deviation(values)} for ${expected}`);
  };
  near('token_embd.weight', 1);
  near('blk.0.ffn_up.weight', 1 / Math.sqrt(256));
  t.ok(Math.abs(deviation(row('blk.3.ffn_down.weight', 5)) * Math.sqrt(704) - 1) < 0.2);
});

t.test('norms are ones', async (t) => {
  const { fileOffset } = tensor('blk.2.attn_norm.weight');
  t.ok(
    Array.from({ length: 256 }, (_, index) => file.readFloatLE(Number(fileOffset) + index * 4)).every((v) => v === 1),
  );
});

t.test('the output rows of what must not be generated are zeros, all others are not', async (t) => {
  const { generated } = buildVocabulary();
  const begin = Number(tensor('output.weight').fileOffset);
  const rowBytes = (256 / 32) * 34;
  const isZero = (id: number): boolean => {
    const bytes = file.subarray(begin + id * rowBytes, begin + (id + 1) * rowBytes);
    return bytes.every((byte, at) => byte === 0 || at % 34 < 2);
  };
  const zero = generated.map((_, id) => isZero(id));
  t.same(
    zero,
    generated.map((word) => !word),
  );
});

t.test('no two tensors share their weights', async (t) => {
  t.notSame(row('blk.0.ffn_up.weight', 0), row('blk.0.ffn_gate.weight', 0));
  t.notSame(row('blk.0.ffn_up.weight', 0), row('blk.1.ffn_up.weight', 0));
});
