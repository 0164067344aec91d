/** A stream of the process as commands write to it. */
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { visibleText } from '../../shared/text/visible-text.js';
import type { Output } from '../command.js';

type OutputStream = Writable & { readonly isTTY?: boolean | undefined; readonly columns?: number | undefined };

/** Text written to it is made visible first; what steers the terminal passes. */
export function outputOn(stream: OutputStream): Output {
  return {
    write: (text) => stream.write(visibleText(text)),
    steer: (text) => stream.write(text),
    drained: () => once(stream, 'drain'),
    isTTY: stream.isTTY,
    // Read anew each time: a window changes its size.
    get columns() {
      return stream.columns;
    },
  };
}
