/** `mlx_lm.server`. Source: ml-explore/mlx-lm mlx_lm/server.py. */
import * as z from 'zod';
import type { ChatProtocol } from '../../benchmark/client/chat-protocol.js';
import { openAiChat } from '../../benchmark/client/openai-chat.js';
import type { InferenceServer, ServedModel } from '../../benchmark/inference-server.js';
import type { Probe } from '../probe.js';
import { createServerClient, type ServerClient } from '../server-client.js';
import type { Identification, ServerFamily, ServerIdentity } from '../server-family.js';
import { listedModels, modelListSchema, openAiServer } from './openai-compatible.js';

/**
 * The name under which the model of `--model` is addressed, its adapter and its draft model included. The list holds the
 * whole download cache, and asking for another of its models makes the server drop the loaded one.
 */
const STARTED_MODEL = 'default_model';

const healthSchema = z.strictObject({ status: z.literal('ok') });

async function identify(probe: Probe): Promise<Identification | undefined> {
  const answer = await probe.get('/v1/models');
  // Nothing names it short of an inference: Python's plain HTTP server and models without an owner must do.
  if (answer?.headers['server']?.startsWith('BaseHTTP/') !== true) return undefined;
  const models = listedModels(answer);
  const isList = models?.every((model) => typeof model.owned_by !== 'string') === true;
  // Without a download cache it breaks off after its headers, which allow every method to everybody.
  const isBrokenOff = answer.status === 200 && answer.text === '';
  if (!isList && !(isBrokenOff && (await isHealthy(probe)))) return undefined;
  return { name: 'MLX LM', version: undefined };
}

async function isHealthy(probe: Probe): Promise<boolean> {
  const health = await probe.get('/health');
  return health?.headers['access-control-allow-methods'] === '*' && healthSchema.safeParse(health.json).success;
}

/** The value of `--model`; of a path its last part, which says as much and nothing of the machine. */
function modelIn(command: readonly string[]): string | undefined {
  if (!command.some((argument) => /(^|\/)mlx_lm(\.server)?$/.test(argument))) return undefined;
  const at = command.indexOf('--model');
  const joined = command.find((argument) => argument.startsWith('--model='))?.slice('--model='.length);
  const value = (at === -1 ? joined : command[at + 1])?.replace(/\/+$/, '');
  if (value === undefined || value === '') return undefined;
  return /^[~./]/.test(value) ? value.split('/').at(-1) : value;
}

async function models(
  client: ServerClient,
  started: string | undefined,
  signal: AbortSignal,
): Promise<readonly ServedModel[]> {
  const list = await client.find('/v1/models', modelListSchema, signal);
  const cached = (list?.data ?? []).map(({ id }) => id).filter((id) => id !== started && nameOf(id) !== started);
  const isKnown = started !== undefined;
  return [
    started === undefined
      ? { id: STARTED_MODEL, loaded: undefined, automatic: 'first' }
      : { id: started, loaded: true },
    ...cached.map((id) => ({ id, loaded: isKnown ? false : undefined })),
  ];
}

/** A model that was started from a folder is listed by the folder's whole path. */
function nameOf(id: string): string | undefined {
  return id.startsWith('/') ? id.split('/').at(-1) : id;
}

/** Asks for the model that the server was started with by the name that never makes it load anything. */
function chatWith(started: string | undefined): ChatProtocol {
  return {
    ...openAiChat,
    body: (request) => openAiChat.body(request.model === started ? { ...request, model: STARTED_MODEL } : request),
  };
}

function connect(identity: ServerIdentity): InferenceServer {
  const client = createServerClient(identity);
  return openAiServer(identity, client, {
    models: (signal) => models(client, identity.startedModel, signal),
    chat: chatWith(identity.startedModel),
  });
}

export const mlxLm: ServerFamily = { kind: 'mlx-lm', ports: [8080], modelIn, identify, connect };
