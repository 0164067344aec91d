/** What a page holds: objects of its own, and the code that the engine compiles by and by. What a debugger records is neither. */
import type { CDPSession } from 'playwright-core';

/** As much of the format as is read: `HeapProfiler` of the Chrome DevTools protocol. */
interface HeapSnapshot {
  readonly snapshot: {
    readonly meta: { readonly node_fields: readonly string[]; readonly node_types: readonly [readonly string[]] };
  };
  readonly nodes: readonly number[];
}

const NOT_ITS_OWN: ReadonlySet<string> = new Set(['native', 'hidden', 'synthetic']);

/** Bytes that are in use. */
export interface HeapParts {
  /** Objects, closures, arrays and strings. */
  readonly objects: number;
  readonly code: number;
}

export async function heapPartsOf(debuggerOfPage: CDPSession): Promise<HeapParts> {
  const parts: string[] = [];
  const take = ({ chunk }: { chunk: string }) => parts.push(chunk);
  debuggerOfPage.on('HeapProfiler.addHeapSnapshotChunk', take);
  await debuggerOfPage.send('HeapProfiler.takeHeapSnapshot', { reportProgress: false });
  debuggerOfPage.off('HeapProfiler.addHeapSnapshotChunk', take);
  const { snapshot, nodes } = JSON.parse(parts.join('')) as HeapSnapshot;
  const { node_fields: fields, node_types: types } = snapshot.meta;
  const [type, size] = [fields.indexOf('type'), fields.indexOf('self_size')];
  let [objects, code] = [0, 0];
  for (let node = 0; node < nodes.length; node += fields.length) {
    const kind = types[0][nodes[node + type] ?? 0] ?? '';
    const bytes = nodes[node + size] ?? 0;
    if (kind === 'code') code += bytes;
    else if (!NOT_ITS_OWN.has(kind)) objects += bytes;
  }
  return { objects, code };
}
