/** What a page holds of its own: neither the code that the engine compiles by and by, nor what a debugger records. */
import type { CDPSession } from 'playwright-core';

/** As much of the format as is read: `HeapProfiler` of the Chrome DevTools protocol. */
interface HeapSnapshot {
  readonly snapshot: {
    readonly meta: { readonly node_fields: readonly string[]; readonly node_types: readonly [readonly string[]] };
  };
  readonly nodes: readonly number[];
}

const NOT_ITS_OWN: ReadonlySet<string> = new Set(['code', 'native', 'hidden', 'synthetic']);

/** Bytes of objects, closures, arrays and strings that are in use. */
export async function objectBytesOf(debuggerOfPage: CDPSession): Promise<number> {
  const parts: string[] = [];
  const take = ({ chunk }: { chunk: string }) => parts.push(chunk);
  debuggerOfPage.on('HeapProfiler.addHeapSnapshotChunk', take);
  await debuggerOfPage.send('HeapProfiler.takeHeapSnapshot', { reportProgress: false });
  debuggerOfPage.off('HeapProfiler.addHeapSnapshotChunk', take);
  const { snapshot, nodes } = JSON.parse(parts.join('')) as HeapSnapshot;
  const { node_fields: fields, node_types: types } = snapshot.meta;
  const [type, size] = [fields.indexOf('type'), fields.indexOf('self_size')];
  let bytes = 0;
  for (let node = 0; node < nodes.length; node += fields.length) {
    if (!NOT_ITS_OWN.has(types[0][nodes[node + type] ?? 0] ?? '')) bytes += nodes[node + size] ?? 0;
  }
  return bytes;
}
