/** What a request asks for: its parameters may stand in the query, in a JSON object or in a form. */
import { ApiError } from './api-error.js';

export interface RequestBody {
  readonly bytes: Uint8Array;
  /** As the header has it; empty where there is none. */
  readonly contentType: string;
}

type Parameters = Readonly<Record<string, unknown>>;

const JSON_TYPE = /^application\/(json|[^;\s]+\+json)$/;
const FORM_TYPE = 'application/x-www-form-urlencoded';

/** All parameters, for the endpoint's own schema to check. Throws `ApiError`: 415 or 422. */
export function parametersOf(query: Parameters, { bytes, contentType }: RequestBody): Parameters {
  const text = textOf(bytes).trim();
  if (text === '') return query;
  const given = fromBody(text, contentType.split(';')[0]?.trim().toLowerCase() ?? '');
  const twice = Object.keys(given).filter((key) => Object.hasOwn(query, key));
  if (twice.length > 0) throw new ApiError(422, `${twice.join(', ')}: stands both in the query and in the body`);
  return { ...query, ...given };
}

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new ApiError(422, 'The body is no UTF-8 text.');
  }
}

function fromBody(text: string, type: string): Parameters {
  // What curl calls a form where it is given JSON and no word of it.
  if (type === '' || JSON_TYPE.test(type) || (type === FORM_TYPE && text.startsWith('{'))) return fromJson(text);
  if (type === FORM_TYPE) return fromForm(text);
  throw new ApiError(415, `A body of ${type} is not understood: send a JSON object as application/json, or a query.`);
}

function fromJson(text: string): Parameters {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ApiError(422, 'The body is no JSON.');
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw new ApiError(422, 'The body is no JSON object: expected one such as {"mode":"quick"}.');
}

/** As the query is read: a name that comes several times has a list. */
function fromForm(text: string): Parameters {
  const form = new URLSearchParams(text);
  return Object.fromEntries(
    [...new Set(form.keys())].map((key) => {
      const [first, ...more] = form.getAll(key);
      return [key, more.length === 0 ? first : [first, ...more]];
    }),
  );
}
