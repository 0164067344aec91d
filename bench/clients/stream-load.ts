import { setTimeout as delay } from 'node:timers/promises';

/** What every client program is given in its first argument, as JSON. */
export interface StreamLoad {
  readonly url: string;
  /** Streams at once. */
  readonly streams: number;
  /** Requests of each stream, one after the other. */
  readonly requests: number;
  /** Requests of each stream that go before and are thrown away. */
  readonly warmups: number;
  /** Between the starts of two streams, so that a server that reads one request after the other delays none. */
  readonly staggerMs: number;
  readonly maxTokens: number;
}

/** What every client program prints for each request, as one JSON list: figures only it can know. */
export interface ClientReading {
  /** Stands at the beginning of the prompt. */
  readonly nonce: string;
  readonly chunks: number;
  readonly ttftMs: number;
  readonly decodeTps: number | undefined;
}

export function givenLoad(): StreamLoad {
  return JSON.parse(process.argv[2] ?? '');
}

/** Runs the load with `once` for a single request and prints what it read. */
export async function readLoad(
  load: StreamLoad,
  once: (nonce: string, maxTokens: number) => Promise<ClientReading>,
): Promise<void> {
  const readings: ClientReading[] = [];
  const wave = async (request: number): Promise<readonly ClientReading[]> => {
    const streams = Array.from({ length: load.streams }, (_, stream) => stream);
    return Promise.all(
      streams.map(async (stream) => {
        await delay(stream * load.staggerMs);
        return once(`n${stream}-${request}`, load.maxTokens);
      }),
    );
  };
  await once('first', 1);
  for (let request = -load.warmups; request < load.requests; request++) {
    const read = await wave(request);
    if (request >= 0) readings.push(...read);
  }
  process.stdout.write(JSON.stringify(readings));
}

/** The same request for every client but for its nonce. */
export function chatBody(nonce: string, maxTokens: number): Readonly<Record<string, unknown>> {
  return {
    model: 'fake-model',
    messages: [{ role: 'user', content: `${nonce} Where do rivers go?` }],
    max_tokens: maxTokens,
    temperature: 0,
    stream: true,
    stream_options: { include_usage: true },
  };
}

/** Figures from the stamps of the chunks that carried tokens and the server's count. */
export function reading(
  nonce: string,
  startMs: number,
  stampsMs: readonly number[],
  completionTokens: number | undefined,
): ClientReading {
  const first = stampsMs[0] ?? Number.NaN;
  const last = stampsMs.at(-1) ?? Number.NaN;
  const decodeTps = completionTokens === undefined ? undefined : (1000 * (completionTokens - 1)) / (last - first);
  return { nonce, chunks: stampsMs.length, ttftMs: first - startMs, decodeTps };
}
