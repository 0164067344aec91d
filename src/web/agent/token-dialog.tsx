import { useEffect, useRef } from 'preact/hooks';
import { useCell } from '../ui/use-cell.js';
import type { TokenKeeper } from './token-keeper.js';

/** Asks for the token when the agent wants one. */
export function TokenDialog({ tokens }: { readonly tokens: TokenKeeper }) {
  const question = useCell(tokens.question);
  const dialog = useRef<HTMLDialogElement>(null);
  const input = useRef<HTMLInputElement>(null);
  const isAsked = question !== undefined;
  useEffect(() => {
    if (!isAsked) return;
    const before = document.activeElement;
    if (dialog.current?.open === false) dialog.current.showModal();
    return () => {
      // The dialog takes the focus away with it.
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, [isAsked]);
  if (question === undefined) return null;
  const give = (event: Event) => {
    event.preventDefault();
    const token = input.current?.value.trim() ?? '';
    if (token !== '') question.answer(token);
  };
  return (
    <dialog ref={dialog} aria-labelledby="token-title" onCancel={() => question.answer(undefined)}>
      <form class="token-form" onSubmit={give}>
        <h2 id="token-title">This agent asks for a token</h2>
        <p>{question.reason}</p>
        <label class="field">
          Token
          <input ref={input} type="password" autoComplete="off" spellcheck={false} required />
        </label>
        <p class="hint">
          It is the one of <code>web.auth</code> in the agent’s configuration, and is kept for this tab alone.
        </p>
        <div class="actions">
          <button type="submit" class="primary">
            Use it
          </button>
          <button type="button" onClick={() => question.answer(undefined)}>
            Not now
          </button>
        </div>
      </form>
    </dialog>
  );
}
