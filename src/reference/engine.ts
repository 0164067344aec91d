/** The reference model in llama.cpp, through `node-llama-cpp`: tokenises, and generates for several requests at once. */
import type { Llama, LlamaContext, LlamaContextSequence, LlamaModel, LlamaOptions, Token } from 'node-llama-cpp';
import type { Logger } from '../logger.js';
import { type Device, noBuild } from './device.js';
import type { EngineModule } from './engine-module.js';
import { ReferenceFailure } from './failure.js';
import { type Generation, type GenerationRequest, generate } from './generation.js';
import { type Slot, SlotPool } from './slot-pool.js';

export interface EngineOptions {
  readonly modelPath: string;
  /** Tokens of the longest request, prompt and output together. */
  readonly contextLength: number;
  readonly flashAttention: boolean | 'auto';
  /** CPU threads; `undefined`: one for each core that helps with arithmetic. */
  readonly threads: number | undefined;
  /** The whole model lies there. */
  readonly device: Device;
  readonly logger: Logger;
  readonly signal?: AbortSignal | undefined;
}

/** Short requests run side by side in one context, as llama.cpp's own server batches them. */
export const PARALLEL_LANES = 8;
/** Tokens a lane holds. A longer request waits for the one wide slot, so that memory does not grow with lanes × length. */
export const LANE_TOKENS = 4096;
/** Tokens evaluated in one call; a prompt is fed in such pieces, and between two of them an abort is noticed. */
const BATCH_TOKENS = 512;

interface SequenceSlot extends Slot {
  readonly sequence: LlamaContextSequence;
}

export class ReferenceEngine {
  readonly description: string;
  readonly device: Device;
  readonly contextLength: number;
  readonly #llama: Llama;
  readonly #model: LlamaModel;
  readonly #slots: SlotPool<SequenceSlot>;
  readonly #logger: Logger;
  readonly #givingBack = new Set<Promise<void>>();
  #processing = 0;

  private constructor(llama: Llama, model: LlamaModel, slots: readonly SequenceSlot[], options: LoadedOptions) {
    this.#llama = llama;
    this.#model = model;
    this.#slots = new SlotPool(slots);
    this.#logger = options.logger;
    this.contextLength = options.contextLength;
    this.description = options.description;
    this.device = options.device;
  }

  /**
   * Loads the model and the contexts for its slots.
   *
   * @throws {ReferenceFailure} `engine_failed` when llama.cpp cannot be loaded here or refuses the model. Rejects with
   *   the signal's reason when aborted.
   */
  static async load(engine: EngineModule, options: EngineOptions): Promise<ReferenceEngine> {
    options.signal?.throwIfAborted();
    let llama: Llama | undefined;
    try {
      llama = await engine.getLlama(llamaOptions(options));
      const model = await llama.loadModel({
        modelPath: options.modelPath,
        // All or nothing: a part on the CPU would silently be another measurement.
        gpuLayers: options.device === 'cpu' ? 0 : 'max',
        ...(options.signal && { loadSignal: options.signal }),
      });
      const slots = await openSlots(model, options);
      const release = `${llama.llamaCppRelease.release}, node-llama-cpp ${await engine.getModuleVersion()}`;
      const description = `llama.cpp ${release}, ${options.device}`;
      return new ReferenceEngine(llama, model, slots, { ...options, description });
    } catch (error) {
      await llama?.dispose();
      options.signal?.throwIfAborted();
      if (llama === undefined && options.device !== 'cpu') throw await noBuild(engine, options.device, error);
      throw new ReferenceFailure('engine_failed', `llama.cpp could not load ${options.modelPath}`, { cause: error });
    }
  }

  /** Requests being worked on or waiting for a slot. */
  get processing(): number {
    return this.#processing;
  }

  /** Tokens of plain text, without any template. */
  tokenize(text: string): Token[] {
    return this.#model.tokenize(text);
  }

  /** The control token of a mark in the chat template. */
  markToken(mark: string): Token {
    const [token, ...rest] = this.#model.tokenize(mark, true);
    if (token === undefined || rest.length > 0) throw new Error(`${mark} is not one token of the model`);
    return token;
  }

  /** Waits for a slot and generates in it; `onText` gets each token's text as soon as the token is there. */
  async generate(request: GenerationRequest, onText: (text: string) => void): Promise<Generation> {
    this.#processing += 1;
    try {
      const slot = await this.#slots.acquire({
        tokens: request.prompt.length + request.maxTokens,
        score: ({ sequence }) =>
          request.cachePrompt ? sequence.compareContextTokens([...request.prompt]).firstDifferentIndex : 0,
        signal: request.signal,
      });
      try {
        return await generate(slot.sequence, request, BATCH_TOKENS, onText);
      } finally {
        this.#giveBack(slot, request);
      }
    } finally {
      this.#processing -= 1;
    }
  }

  /**
   * Clears what the request did not ask to keep, then frees the slot. This is not left to the next request: clearing
   * takes the context's lock, which `node-llama-cpp` holds while other sequences keep the context busy, so that
   * request would wait for the end of all of them. Nor does this one's answer wait for it.
   */
  #giveBack(slot: SequenceSlot, request: GenerationRequest): void {
    const cleared = request.cachePrompt ? Promise.resolve() : slot.sequence.clearHistory();
    const givenBack = cleared
      .then(() => this.#slots.release(slot))
      .catch((error) => this.#logger.error({ err: error }, 'a sequence could not be cleared and stays out of use'))
      .finally(() => this.#givingBack.delete(givenBack));
    this.#givingBack.add(givenBack);
  }

  /** Frees the model and its contexts. The caller aborts what is being generated first. */
  async dispose(): Promise<void> {
    await Promise.all(this.#givingBack);
    await this.#model.dispose();
    await this.#llama.dispose();
  }
}

interface LoadedOptions extends EngineOptions {
  readonly description: string;
}

function llamaOptions({ device, logger }: EngineOptions): LlamaOptions {
  return {
    gpu: device === 'cpu' ? false : device,
    // They go to standard output, which is not for another library's words.
    progressLogs: false,
    // Without a fitting binary llama.cpp would be compiled for many minutes.
    build: 'never',
    // Its warnings are about training lengths and the like; an error is also thrown.
    logger: (level, message) => logger.debug({ engine_level: level }, message.trim()),
  };
}

async function openSlots(model: LlamaModel, options: EngineOptions): Promise<SequenceSlot[]> {
  const laneTokens = Math.min(LANE_TOKENS, options.contextLength);
  const lanes = await openContext(model, PARALLEL_LANES, laneTokens, options);
  if (laneTokens === options.contextLength) return slotsOf(lanes, laneTokens);
  const wide = await openContext(model, 1, options.contextLength, options);
  return [...slotsOf(lanes, laneTokens), ...slotsOf(wide, options.contextLength)];
}

function openContext(
  model: LlamaModel,
  sequences: number,
  contextSize: number,
  options: EngineOptions,
): Promise<LlamaContext> {
  return model.createContext({
    sequences,
    contextSize,
    batchSize: BATCH_TOKENS,
    flashAttention: options.flashAttention,
    // Its own default is at least four, which on two cores wait for each other more than they compute.
    threads: options.threads ?? model.llama.cpuMathCores,
    ...(options.signal && { createSignal: options.signal }),
  });
}

function slotsOf(context: LlamaContext, capacity: number): SequenceSlot[] {
  return Array.from({ length: context.totalSequences }, () => ({ capacity, sequence: context.getSequence() }));
}
