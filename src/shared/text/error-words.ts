const words: Readonly<Record<string, string>> = {
  timeout: 'The server did not answer in time.',
  connection_refused: 'Nothing listens at the server’s address.',
  connection_reset: 'The server closed the connection in the middle of an answer.',
  http_error: 'The server answered with an error.',
  stream_error: 'The server broke its answer off with an error.',
  bad_response: 'The server’s answer could not be understood.',
  empty_response: 'The server’s answer held no token.',
  context_exceeded: 'The prompt did not fit into the server’s context.',
  model_not_found: 'The server does not know the model.',
  unauthorized: 'The server wants another API key.',
  cancelled: 'It was cancelled.',
  server_down: 'The server went away and did not come back.',
};

/** A request's error as a sentence; what is none of the closed set says itself what it is. */
export function errorWords(error: string): string {
  const sentence = words[error];
  return sentence === undefined ? error : `${sentence} (${error})`;
}
