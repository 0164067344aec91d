/** `POST /mcp`: what the HTTP application and the protocol's server say to each other. Whoever wires the agent brings it. */

export interface McpRequest {
  readonly method: 'POST' | 'DELETE';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer>;
  /** Why this client may not change anything, in words; asked only where it wants to. */
  readonly changeRefusal: () => Promise<string | undefined>;
}

/** Answers a message of a client, with a stream of events where the answer takes time. */
export type McpEndpoint = (request: McpRequest) => Promise<Response>;
