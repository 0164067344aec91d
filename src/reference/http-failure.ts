/** An answer other than 200, in the shape of the OpenAI API's errors. */
export class HttpFailure extends Error {
  override readonly name = 'HttpFailure';
  readonly status: number;
  readonly type: string;
  readonly code: string | undefined;
  /** Fields of llama.cpp's server beside the OpenAI ones. */
  readonly details: Readonly<Record<string, number>>;

  constructor(status: number, type: string, message: string, options: HttpFailureOptions = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.status = status;
    this.type = type;
    this.code = options.code;
    this.details = options.details ?? {};
  }

  get body(): { readonly error: Readonly<Record<string, unknown>> } {
    return { error: { message: this.message, type: this.type, param: null, code: this.code ?? null, ...this.details } };
  }
}

export interface HttpFailureOptions {
  readonly code?: string;
  readonly details?: Readonly<Record<string, number>>;
  readonly cause?: unknown;
}

/** A request that is wrong in itself. */
export function invalidRequest(message: string, cause?: unknown): HttpFailure {
  return new HttpFailure(400, 'invalid_request_error', message, { cause });
}
