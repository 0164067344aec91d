/** A cheaper way than a pipe stream to read what a long-lived program prints now and then. */
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface OutputSocket {
  /** For the program, as its standard output; to be destroyed here once the program has it. */
  readonly far: Socket;
  /** Closes when the program, and whoever else has the far end, is gone. */
  readonly near: Socket;
}

/** Where a piece of output is put, and what is done when it has come. */
export interface OutputReader {
  /** Memory for the next piece, whose size limits the piece. */
  buffer(): Buffer;
  /** The first `count` bytes of that memory have been filled. */
  filled(count: number): void;
}

/** In bytes, of a Unix socket's path: macOS has room for 104 with the byte that ends it, Linux for 108. */
const LONGEST_PATH = 103;

/**
 * Two connected ends. Only a socket that is made by hand can read into memory that is kept: that costs about a quarter
 * of the CPU time of the stream that `spawn` makes, which allocates anew for every line.
 *
 * @returns `undefined` where no Unix socket can be made: another system, no temporary folder or one with too long a path
 */
export async function openOutputSocket(
  reader: OutputReader,
  platform: NodeJS.Platform = process.platform,
): Promise<OutputSocket | undefined> {
  if (platform === 'win32') return undefined;
  let folder: string | undefined;
  try {
    // The folder is ours alone, so that nobody else can connect.
    folder = await mkdtemp(join(tmpdir(), 'typhon-'));
    const path = join(folder, 'output');
    // A longer one would be cut without a word, to a name that others may have too.
    if (Buffer.byteLength(path) > LONGEST_PATH) return undefined;
    return await connectedPair(path, reader);
  } catch {
    return undefined;
  } finally {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }
}

async function connectedPair(path: string, reader: OutputReader): Promise<OutputSocket> {
  const server = createServer({ pauseOnConnect: true });
  try {
    const far = new Promise<Socket>((resolve, reject) => {
      server.once('connection', resolve);
      server.once('error', reject);
    });
    // Where it cannot listen nobody waits for this any more.
    far.catch(() => undefined);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(path, resolve);
    });
    const callback = (count: number) => {
      reader.filled(count);
      return true;
    };
    const near = connect({ path, onread: { buffer: () => reader.buffer(), callback } });
    near.on('error', () => near.destroy());
    return { far: await far, near };
  } finally {
    server.close();
  }
}
