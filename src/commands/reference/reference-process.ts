/** The reference server as a process of its own, so that it and its client never share an event loop. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { identifyServer } from '../../servers/recognition/identify.js';
import { CommandFailure } from '../command.js';
import type { Installation } from '../installation.js';

export interface ReferenceProcess {
  readonly url: string;
  /** Resolves when the process is gone. */
  stop(): Promise<void>;
}

export interface ReferenceProcessOptions {
  readonly installation: Pick<Installation, 'typhon'>;
  readonly storagePath: string;
  readonly signal: AbortSignal;
  /** Taken where it is free, else any free port. */
  readonly preferredPort: number;
  readonly onOutput: (text: string) => void;
}

const HOST = '127.0.0.1';
const ASK_EVERY_MS = 100;
const ASK_TIMEOUT_MS = 1000;

/** Starts the server and waits until it answers. Throws `CommandFailure` with the process's own words where it ends. */
export async function startReferenceProcess(options: ReferenceProcessOptions): Promise<ReferenceProcess> {
  const { installation, storagePath, signal, preferredPort, onOutput } = options;
  const port = await freePort(preferredPort);
  const args = ['--port', String(port), '--storage.path', storagePath, '--log.level', 'warn'];
  const [first = 'reference', ...rest] = [...installation.typhon, 'reference', ...args];
  // A channel is opened for its end alone: a typhon process that was forked ends when its parent does.
  const child = fork(first, rest, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  const words: string[] = [];
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    words.push(text);
    onOutput(text);
  });
  const stop = () => stopped(child);
  const url = `http://${HOST}:${port}`;
  try {
    await answering(url, child, signal, words);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, stop };
}

async function answering(url: string, child: ChildProcess, signal: AbortSignal, words: string[]): Promise<void> {
  for (;;) {
    const recognition = await identifyServer({ apiBase: url }, { timeoutMs: ASK_TIMEOUT_MS, signal });
    if (recognition.recognised && recognition.identity.kind === 'reference') return;
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new CommandFailure(1, `The reference server did not start: ${words.join('').trim() || 'it said nothing'}`);
    }
    await delay(ASK_EVERY_MS, undefined, { signal });
  }
}

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  await exit;
}

async function freePort(preferred: number): Promise<number> {
  for (const port of [preferred, 0]) {
    const server = createServer();
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, HOST, resolve);
      });
      const address = server.address();
      if (typeof address === 'object' && address !== null) return address.port;
    } catch (error) {
      if (port === 0 || (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    } finally {
      server.close();
    }
  }
  throw new CommandFailure(1, `No free port on ${HOST} for the reference server.`);
}
