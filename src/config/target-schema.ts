/** One entry of `targets`: a server that is measured. */
import * as z from 'zod';
import { takenLabelNames } from '../shared/series-label-names.js';
import { defaults } from './defaults.js';
import { filled, name, secret, text } from './field.js';

const urlText = 'an http:// or https:// URL without user, password, query or fragment';

function isServerUrl(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const url = new URL(value);
  if (!/^https?:$/.test(url.protocol)) return false;
  return url.username === '' && url.password === '' && url.search === '' && url.hash === '';
}

// They stand on every series of the target: none may overwrite a label that the series has already.
const freeText = `a label name that no series has by itself (${takenLabelNames.join(', ')})`;
function labelName() {
  return text('a Prometheus label name', /^(?!__)[A-Za-z_][A-Za-z0-9_]*$/).refine(
    (label) => !takenLabelNames.includes(label),
    freeText,
  );
}

const gpusText = 'all, or a list of GPU indexes or UUIDs without repeats';
const MOST_GPU_INDEXES = 1024;
// NVIDIA's, with GPU- or MIG- before it; AMD's is 16 hexadecimal digits.
const gpuUuid = /^(GPU-|MIG-)?[0-9a-f]{8}[0-9a-f-]*$/i;
function gpuList() {
  return z
    .array(z.union([z.number().int().min(0).max(MOST_GPU_INDEXES), z.string().regex(gpuUuid)]))
    .refine((list) => new Set(list.map((gpu) => String(gpu).toLowerCase())).size === list.length, gpusText);
}

/** How the certificate of an https target is checked. */
type TargetTls = { check: 'authority'; caFile: string } | { check: 'none' };

const modelsText = 'auto, all, or a list of model ids';

function written() {
  return z.strictObject({
    name: name.describe('How the server is called in results and metrics'),
    url: filled(urlText).refine(isServerUrl, urlText).describe('Base URL of the server, e.g. http://localhost:8080'),
    model: filled('a model id, or auto for the one that is loaded')
      .optional()
      .describe('Short form of models with this one name, or with auto'),
    models: z
      .union([z.enum(['auto', 'all']), z.array(filled('a model id')).min(1)], { error: modelsText })
      .optional()
      .describe('Which models: auto for the one that is loaded (default), all, or a list of names with * as wildcard'),
    load: z
      .enum(['never', 'if_free', 'always'])
      .optional()
      .describe(
        'Whether a model that is not loaded may be: never (default with auto); if_free where nothing else is loaded and nobody uses server or GPU (default where models are named); always, which pushes out what is loaded and puts it back',
      ),
    api_key: secret.optional().describe('Sent as bearer token; best written as ${ENV_VAR}'),
    ca_file: filled('a path')
      .optional()
      .describe('PEM file of the authority that vouches for an https server, or its own certificate'),
    insecure_skip_verify: z
      .boolean()
      .default(defaults.targetInsecureSkipVerify)
      .describe('Takes any certificate of an https server: who sits in between can read the key'),
    gpus: z
      .union([z.literal('all'), gpuList()], { error: gpusText })
      .default(defaults.targetGpus)
      .describe('The GPUs of this machine that the server computes on; an empty list for a server on another machine'),
    labels: z
      .record(labelName(), z.string())
      .default({})
      .describe('Further labels of all its series, such as owner or room'),
  });
}

/** Built when the first target is read: many files have none, and every start would wait for it. */
export const targetSchema = z.lazy(() =>
  written().transform(({ api_key, ca_file, insecure_skip_verify, url, model, models, load, ...rest }, context) => {
    if (model !== undefined && models !== undefined) {
      context.addIssue({ code: 'custom', message: 'either model or models', path: ['model'] });
    }
    const wanted = models ?? (model === undefined || model === 'auto' ? defaults.targetModels : [model]);
    const { auto, named } = defaults.targetLoad;
    const key = ca_file === undefined ? 'insecure_skip_verify' : 'ca_file';
    const refuse = (message: string) => context.addIssue({ code: 'custom', message, path: [key] });
    let tls: TargetTls | undefined;
    if (insecure_skip_verify) tls = { check: 'none' };
    if (ca_file !== undefined) tls = { check: 'authority', caFile: ca_file };
    if (ca_file !== undefined && insecure_skip_verify) refuse('either ca_file or insecure_skip_verify');
    else if (tls !== undefined && new URL(url).protocol !== 'https:') refuse(`no ${key}, or an https:// url`);
    return {
      ...rest,
      url: url.replace(/\/+$/, ''),
      models: wanted,
      load: load ?? (wanted === 'auto' ? auto : named),
      apiKey: api_key,
      ...(tls === undefined ? {} : { tls }),
    };
  }),
);
