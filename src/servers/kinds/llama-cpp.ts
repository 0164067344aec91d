/**
 * llama.cpp's llama-server, alone or as a router over several models.
 * Sources: ggml-org/llama.cpp tools/server/README.md, server-context.cpp, server-models.cpp.
 */
import * as z from 'zod';
import type { BusyState, InferenceServer, ServedModel } from '../../benchmark/inference-server.js';
import type { Probe } from '../probe.js';
import { createServerClient, type ServerClient } from '../server-client.js';
import type { Identification, ServerFamily, ServerIdentity } from '../server-family.js';
import { tokenListSchema } from '../token-count.js';
import { llamaExtras, llamaTimings } from './llama-timings.js';
import { llamaServerLoader } from './loaders/llama-server-loader.js';
import { allOwnedBy, knownLength, listedModels, modelListSchema, openAiServer } from './openai-compatible.js';

const NAME = 'llama.cpp (llama-server)';

const propsSchema = z.object({
  build_info: z.string().optional(),
  model_path: z.string().optional(),
  /** How the weights are stored, `Q4_K - Medium`. */
  model_ftype: z.string().optional(),
  /** Of `--parallel`. */
  total_slots: z.number().optional(),
  /** With `--sleep-idle-seconds` the model leaves memory; a request would load it again. */
  is_sleeping: z.boolean().optional(),
  /** Without slots (`--no-slots`) asking for them tells nothing, but counts as use all the same. */
  endpoint_slots: z.boolean().optional(),
  /** `n_ctx` is one slot's share: what one request can use, whatever `--ctx-size` and `--parallel` say. */
  default_generation_settings: z.object({ n_ctx: z.number().optional() }).optional(),
});

const loadingSchema = z.object({ error: z.object({ type: z.literal('unavailable_error') }) });

const routedListSchema = modelListSchema.extend({
  data: z.array(z.object({ id: z.string(), status: z.object({ value: z.string() }).optional() })),
});

const slotsSchema = z.array(z.object({ is_processing: z.boolean() }));

const tokensSchema = z.object({ tokens: tokenListSchema });

async function identify(probe: Probe): Promise<Identification | undefined> {
  const [props, models] = await Promise.all([probe.get('/props'), probe.get('/v1/models')]);
  // Other servers answer /props as well, without a build of llama.cpp: `b9310-1a2b3c4`.
  const build = /^b\d+/.exec(propsSchema.safeParse(props?.json).data?.build_info ?? '')?.[0];
  if (build !== undefined) return { name: NAME, version: build };
  // With an API key /props is closed and the model list open; while a model loads, both say 503.
  const loading = props?.status === 503 && loadingSchema.safeParse(props.json).success;
  return loading || allOwnedBy(listedModels(models), 'llamacpp') ? { name: NAME, version: undefined } : undefined;
}

/** A router must not load a model because it was asked about; a single server ignores the query. */
function aboutModel(path: string, model: string): string {
  return `${path}?model=${encodeURIComponent(model)}&autoload=false`;
}

function isRouter(list: z.infer<typeof routedListSchema>): boolean {
  return list.data.some((model) => model.status !== undefined);
}

async function models(client: ServerClient, signal: AbortSignal): Promise<readonly ServedModel[]> {
  const list = await client.get('/v1/models', routedListSchema, signal);
  if (isRouter(list)) {
    return list.data.map(({ id, status }) => servedModel(id, status?.value === 'loaded', status?.value === 'sleeping'));
  }
  const props = await client.find('/props', propsSchema, signal);
  const isAsleep = props?.is_sleeping === true;
  return list.data.map(({ id }) => servedModel(id, !isAsleep, isAsleep));
}

function servedModel(id: string, loaded: boolean, isAsleep: boolean): ServedModel {
  return { id, loaded, ...(isAsleep ? { asleep: true } : {}) };
}

/**
 * From `/slots` alone. `/metrics` would tell as much, but each scrape resets the window of its throughput gauges, so
 * that asking here would spoil the figures of whoever scrapes it. Both wake a server that sleeps, whatever they answer:
 * `/props` is asked before, which does not.
 */
async function busy(client: ServerClient, signal: AbortSignal): Promise<BusyState> {
  const props = await client.find('/props', propsSchema, signal);
  if (props?.is_sleeping === true) return { state: 'idle' };
  if (props?.endpoint_slots === false) return { state: 'unknown' };
  const slots = await client.find('/slots', slotsSchema, signal);
  if (slots !== undefined) return busyBySlots(slots);
  const routed = await client.find('/v1/models', routedListSchema, signal);
  if (routed?.data.some((model) => model.status !== undefined) !== true) return { state: 'unknown' };
  const loaded = routed.data.filter((model) => model.status?.value === 'loaded');
  const each = await Promise.all(loaded.map(({ id }) => client.find(aboutModel('/slots', id), slotsSchema, signal)));
  return each.includes(undefined) ? { state: 'unknown' } : busyBySlots(each.flatMap((known) => known ?? []));
}

function busyBySlots(slots: z.infer<typeof slotsSchema>): BusyState {
  const working = slots.filter((slot) => slot.is_processing).length;
  if (working === 0) return { state: 'idle' };
  return { state: 'busy', detail: `${working} of ${slots.length} slots in use` };
}

/** Tokens of `text` by llama-server's `/tokenize`, special tokens left out. */
export async function countLlamaTokens(
  client: ServerClient,
  text: string,
  model: string,
  signal: AbortSignal,
): Promise<number> {
  const { tokens } = await client.post('/tokenize', { model, content: text, add_special: false }, tokensSchema, signal);
  return tokens.length;
}

function connect(identity: ServerIdentity): InferenceServer {
  const client = createServerClient(identity);
  return openAiServer(identity, client, {
    models: (signal) => models(client, signal),
    contextLength: async (model, signal) => {
      const props = await client.find(aboutModel('/props', model), propsSchema, signal);
      return knownLength(props?.default_generation_settings?.n_ctx);
    },
    modelFile: async (model, signal) => {
      const props = await client.find(aboutModel('/props', model), propsSchema, signal);
      // A router says `none`.
      const id = props?.model_path?.split(/[\\/]/).findLast((part) => part !== '');
      return id === undefined || id === 'none' ? undefined : { id, quantisation: props?.model_ftype };
    },
    slots: async (model, signal) => {
      const props = await client.find(aboutModel('/props', model), propsSchema, signal);
      return knownLength(props?.total_slots);
    },
    busy: (signal) => busy(client, signal),
    busyKeepsAwake: true,
    requestExtras: llamaExtras,
    tellsProbabilities: true,
    ownTimings: llamaTimings,
    countTokens: (text, model, signal) => countLlamaTokens(client, text, model, signal),
  });
}

/** 8080 until late 2026, 9931 since. */
export const llamaCpp: ServerFamily = {
  kind: 'llama.cpp',
  ports: [8080, 9931],
  identify,
  connect,
  loader: async (identity, { signal }) => {
    const list = await createServerClient(identity).get('/v1/models', routedListSchema, signal);
    return llamaServerLoader(identity, isRouter(list));
  },
};
