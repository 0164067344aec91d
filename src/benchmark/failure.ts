/** The closed set of reasons for which one request can fail. */
export const requestErrors = [
  'timeout',
  'connection_refused',
  'connection_reset',
  'http_error',
  'stream_error',
  'bad_response',
  'empty_response',
  'context_exceeded',
  'model_not_found',
  'unauthorized',
  'cancelled',
] as const;

export type RequestError = (typeof requestErrors)[number];
