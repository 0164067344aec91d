/** Which models somebody asks to have measured. */
import * as z from 'zod';
import { selectionOf } from '../servers/model-selection.js';
import { ServerError } from '../servers/server-error.js';
import type { ApiServices } from './api-services.js';

const MOST_MODELS = 256;
const modelName = z.string().min(1).max(512);

export const askedModels = z
  .union([modelName, z.array(modelName).min(1).max(MOST_MODELS)])
  .optional()
  .meta({
    description:
      "A model of the server, several (the parameter more than once, or a list), or `all`; without it the target's own",
  });

/** No limit of its own: a server that is slow to answer is given up by whoever asks it. */
const unlimited = new AbortController().signal;

/** One job each, in their order; `undefined` stands for the one that is loaded. */
export async function modelsAsked(
  { target, model }: { readonly target?: string | undefined; readonly model?: z.infer<typeof askedModels> },
  findModels: ApiServices['findModels'],
): Promise<readonly (string | undefined)[]> {
  const wanted = model === undefined ? undefined : [model].flat();
  try {
    return await findModels({ target, models: wanted && selectionOf(wanted) }, unlimited);
  } catch (error) {
    if (!(error instanceof ServerError)) throw error;
    // What is wrong with the target, its job says.
    return wanted ?? [undefined];
  }
}
