/** The checksum of gzip: RFC 1952, section 8. `zlib.crc32` does the same from Node.js 20.15 on. */
const REVERSED_POLYNOMIAL = 0xed_b8_83_20;

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? REVERSED_POLYNOMIAL ^ (value >>> 1) : value >>> 1;
  return value;
});

/** Of the bytes before, whose checksum is `before`, and these together. */
export function crc32(bytes: Uint8Array, before = 0): number {
  let value = ~before;
  for (const byte of bytes) value = (table[(value ^ byte) & 0xff] ?? 0) ^ (value >>> 8);
  return ~value >>> 0;
}
