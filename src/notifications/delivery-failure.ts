/** `timeout`: no answer in time. `unreachable`: no connection. `refused`: an answer that says no. */
export type DeliveryFailureCode = 'timeout' | 'unreachable' | 'refused';

/** Whether it may go better later; `afterMs` where the other side said when. */
export type Retry = { readonly kind: 'never' } | { readonly kind: 'later'; readonly afterMs?: number | undefined };

/** A message did not get through. The message names neither the URL nor what was sent: both may hold secrets. */
export class DeliveryFailure extends Error {
  override readonly name = 'DeliveryFailure';
  readonly code: DeliveryFailureCode;
  readonly retry: Retry;

  constructor(
    message: string,
    { code, retry, ...options }: ErrorOptions & { readonly code: DeliveryFailureCode; readonly retry: Retry },
  ) {
    super(message, options);
    this.code = code;
    this.retry = retry;
  }
}
