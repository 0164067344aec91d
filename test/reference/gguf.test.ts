import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readGgufFileInfo } from 'node-llama-cpp';
import t from 'tap';
import {
  GGUF_ALIGNMENT,
  type GgufTensor,
  type GgufValue,
  layOutGguf,
  paddingBytes,
  tensorBytes,
} from '../../src/reference/gguf.js';

const metadata = new Map<string, GgufValue>([
  ['general.architecture', { type: 'string', value: 'llama' }],
  ['general.name', { type: 'string', value: 'ümläut' }],
  ['llama.block_count', { type: 'uint32', value: 4_000_000_000 }],
  ['llama.rope.freq_base', { type: 'float32', value: 0.5 }],
  ['tokenizer.ggml.add_bos_token', { type: 'bool', value: false }],
  ['tokenizer.ggml.tokens', { type: 'strings', value: ['a', '', 'bc'] }],
  ['tokenizer.ggml.token_type', { type: 'int32s', value: [1, -2, 3] }],
]);
const tensors: GgufTensor[] = [
  { name: 'first', type: 'f32', shape: [3] },
  { name: 'second', type: 'q8_0', shape: [64, 2] },
  { name: 'third', type: 'f32', shape: [8] },
];

t.test('another reader finds the metadata, the tensors and where they begin', async (t) => {
  const { header, fileBytes } = layOutGguf(metadata, tensors);
  const path = join(t.testdir(), 'model.gguf');
  await writeFile(path, Buffer.concat([header, Buffer.alloc(fileBytes - header.length)]));
  const info = await readGgufFileInfo(path, { logWarnings: false });
  t.equal(info.version, 3);
  t.equal(info.metadata.general?.architecture, 'llama');
  t.equal(info.metadata.general?.name, 'ümläut');
  t.match(info.metadata, {
    llama: { block_count: 4_000_000_000, rope: { freq_base: 0.5 } },
    tokenizer: { ggml: { add_bos_token: false, tokens: ['a', '', 'bc'], token_type: [1, -2, 3] } },
  });
  const found = info.fullTensorInfo ?? [];
  t.same(
    found.map(({ name, dimensions, offset }) => ({ name, dimensions: dimensions.map(Number), offset: Number(offset) })),
    [
      { name: 'first', dimensions: [3], offset: 0 },
      { name: 'second', dimensions: [64, 2], offset: 32 },
      { name: 'third', dimensions: [8], offset: 32 + 160 },
    ],
  );
  t.equal(Number(found[0]?.fileOffset), header.length);
});

t.test('the header and every tensor end on the alignment', async (t) => {
  const { header, fileBytes } = layOutGguf(metadata, tensors);
  t.equal(header.length % GGUF_ALIGNMENT, 0);
  t.equal(fileBytes, header.length + 32 + 160 + 32);
});

t.test('a tensor takes the bytes of its type', async (t) => {
  t.equal(tensorBytes({ name: '', type: 'f32', shape: [5, 7] }), 140);
  t.equal(tensorBytes({ name: '', type: 'q8_0', shape: [64, 3] }), 6 * 34);
});

t.test('padding leads to the next multiple and is nothing on one', async (t) => {
  t.same([0, 1, 31, 32, 33].map(paddingBytes), [0, 31, 1, 0, 31]);
});
