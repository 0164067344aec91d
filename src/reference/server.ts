/** The reference server: the reference model behind the OpenAI-compatible routes that a benchmark uses. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as z from 'zod';
import type { Logger } from '../logger.js';
import { answerStream, answerWhole } from './chat-completion.js';
import { chatRequestSchema, generationRequest } from './chat-request.js';
import { type Device, type DeviceChoice, deviceFor } from './device.js';
import { type EngineOptions, ReferenceEngine } from './engine.js';
import { type EngineModule, importEngine } from './engine-module.js';
import { ReferenceFailure } from './failure.js';
import { HttpFailure } from './http-failure.js';
import { jsonBody } from './json-body.js';
import { ensureReferenceModel, type ModelFile } from './model-file.js';
import { modelId, modelSizes, type ReferenceSize } from './model-size.js';

export interface ReferenceServerOptions {
  readonly size: ReferenceSize;
  /** Default `auto`. */
  readonly device?: DeviceChoice | undefined;
  /** Folder in which the model file is kept. */
  readonly cacheDir: string;
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Typhon's version, told to those who identify the server. */
  readonly version: string;
  readonly logger: Logger;
  readonly now: () => Date;
  /** Tokens of the longest request; unset: the size's own. */
  readonly contextLength?: number | undefined;
  /** Gives up starting; a started server is ended by `close`. */
  readonly signal?: AbortSignal | undefined;
  /** How `node-llama-cpp` is loaded; tests show what happens without it. */
  readonly importPackage?: (() => Promise<EngineModule>) | undefined;
}

export interface ReferenceServer {
  readonly url: string;
  readonly port: number;
  readonly model: string;
  readonly sha256: string;
  readonly contextLength: number;
  readonly device: Device;
  /** Ends every request and frees port, model and memory. */
  close(): Promise<void>;
}

/**
 * Takes the port, writes the model where it is missing, loads it and serves it. Until it is loaded every route
 * answers 503.
 *
 * @throws {ReferenceFailure} with a code for each thing that can be in the way.
 */
export async function startReferenceServer(options: ReferenceServerOptions): Promise<ReferenceServer> {
  const service = new ReferenceService(options);
  const http = createServer({ noDelay: true, keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    void service.answer(request, response);
  });
  const address = await listen(http, options);
  try {
    // The package first: without it the largest model would be written for nothing.
    const module = await importEngine(options.importPackage);
    const device = await deviceFor(module, options.device ?? 'auto', modelSizes[options.size]);
    const file = await ensureReferenceModel(options);
    const engine = await ReferenceEngine.load(module, engineOptions(options, file, device));
    service.begin({ engine, file });
    const host = options.host.includes(':') ? `[${options.host}]` : options.host;
    return {
      url: `http://${host}:${address.port}`,
      port: address.port,
      model: modelId(options.size),
      sha256: file.sha256,
      contextLength: engine.contextLength,
      device: engine.device,
      close: async () => {
        const closed = closeServer(http);
        await service.end();
        await closed;
      },
    };
  } catch (error) {
    await closeServer(http);
    throw error;
  }
}

// A benchmark opens its connection before it measures and may pause between tests; Node's 5 s would cut it meanwhile.
const KEEP_ALIVE_MS = 120_000;

interface Served {
  readonly engine: ReferenceEngine;
  readonly file: ModelFile;
}

type Route = (request: IncomingMessage, response: ServerResponse, served: Served) => void | Promise<void>;

class ReferenceService {
  readonly #options: ReferenceServerOptions;
  readonly #model: string;
  readonly #logger: Logger;
  readonly #answers = new Set<Promise<void>>();
  readonly #routes: ReadonlyMap<string, Route>;
  #served: Served | undefined;
  #completions = 0;

  constructor(options: ReferenceServerOptions) {
    this.#options = options;
    this.#model = modelId(options.size);
    this.#logger = options.logger;
    this.#routes = new Map<string, Route>([
      ['GET /health', (_request, response) => sendJson(response, 200, { status: 'ok' })],
      ['GET /v1/models', (_request, response) => this.#listModels(response)],
      ['GET /v1/typhon/reference', (_request, response, served) => this.#identify(response, served)],
      ['POST /tokenize', (request, response, served) => tokenize(request, response, served)],
      ['POST /v1/chat/completions', (request, response, served) => this.#complete(request, response, served)],
    ]);
  }

  begin(served: Served): void {
    this.#served = served;
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const answered = this.#answer(request, response);
    this.#answers.add(answered);
    await answered;
    this.#answers.delete(answered);
  }

  /** Frees the model once the answers have ended, which they do when their connections are cut. */
  async end(): Promise<void> {
    await Promise.all(this.#answers);
    await this.#served?.engine.dispose();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await this.#route(request)(request, response, this.#loaded());
    } catch (error) {
      if (response.destroyed) return;
      const failure = error instanceof HttpFailure ? error : undefined;
      if (failure === undefined || failure.status === 500) this.#logger.error({ err: error }, 'request failed');
      if (response.headersSent) return;
      const told = failure ?? new HttpFailure(500, 'server_error', 'the request failed', { cause: error });
      sendJson(response, told.status, told.body);
    }
  }

  #route(request: IncomingMessage): Route {
    const name = `${request.method ?? ''} ${(request.url ?? '').split('?', 1)[0] ?? ''}`;
    const route = this.#routes.get(name);
    if (route === undefined) throw new HttpFailure(404, 'not_found_error', `no such route: ${name}`);
    return route;
  }

  #loaded(): Served {
    if (this.#served === undefined) throw new HttpFailure(503, 'unavailable_error', 'the model is being loaded');
    return this.#served;
  }

  #listModels(response: ServerResponse): void {
    sendJson(response, 200, {
      object: 'list',
      data: [{ id: this.#model, object: 'model', created: 0, owned_by: 'typhon' }],
    });
  }

  #identify(response: ServerResponse, { engine, file }: Served): void {
    sendJson(response, 200, {
      kind: 'reference',
      version: this.#options.version,
      size: this.#options.size,
      model: this.#model,
      sha256: file.sha256,
      context_length: engine.contextLength,
      engine: engine.description,
      device: engine.device,
      busy: engine.processing > 0,
      requests_processing: engine.processing,
    });
  }

  async #complete(request: IncomingMessage, response: ServerResponse, { engine }: Served): Promise<void> {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const chat = await jsonBody(request, chatRequestSchema);
    const work = generationRequest(chat, engine, this.#model, gone.signal);
    this.#completions += 1;
    const id = `chatcmpl-${this.#completions}`;
    const createdS = Math.floor(this.#options.now().getTime() / 1000);
    const exchange = { response, chat, work, engine, model: this.#model, id, createdS };
    await (chat.stream === true ? answerStream(exchange) : answerWhole(exchange));
  }
}

const tokenizeSchema = z.object({ content: z.string() });

async function tokenize(request: IncomingMessage, response: ServerResponse, { engine }: Served): Promise<void> {
  const { content } = await jsonBody(request, tokenizeSchema);
  sendJson(response, 200, { tokens: engine.tokenize(content) });
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function engineOptions(options: ReferenceServerOptions, file: ModelFile, device: Device): EngineOptions {
  const size = modelSizes[options.size];
  return {
    modelPath: file.path,
    contextLength: options.contextLength ?? size.contextLength,
    flashAttention: size.flashAttention,
    threads: size.threads,
    device,
    logger: options.logger,
    signal: options.signal,
  };
}

function listen(http: Server, { host, port }: ReferenceServerOptions): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    http.once('error', (cause: NodeJS.ErrnoException) => {
      const [code, reason] =
        cause.code === 'EADDRINUSE'
          ? (['port_in_use', 'the port is in use'] as const)
          : (['listen_failed', cause.message] as const);
      reject(new ReferenceFailure(code, `cannot listen on ${host}:${port}: ${reason}`, { cause }));
    });
    http.listen(port, host, () => resolve(http.address() as AddressInfo));
  });
}

/** Also cuts what is still open: an idle keep-alive connection would hold the server for minutes. */
function closeServer(http: Server): Promise<void> {
  return new Promise((resolve) => {
    http.close(() => resolve());
    http.closeAllConnections();
  });
}
