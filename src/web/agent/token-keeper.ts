import { Cell } from '../ui/cell.js';

const STORAGE_KEY = 'typhon.token';

/** Somebody is to give the token. */
export interface TokenQuestion {
  /** The agent's own words. */
  readonly reason: string;
  /** `undefined`: not now. */
  readonly answer: (token: string | undefined) => void;
}

/** The token of this tab: asked for when the agent wants one, forgotten with the tab. */
export class TokenKeeper {
  readonly question = new Cell<TokenQuestion | undefined>(undefined);
  readonly #storage: Pick<Storage, 'getItem' | 'setItem'>;
  #asking: Promise<string | undefined> | undefined;
  #isDeclined = false;

  constructor(storage: Pick<Storage, 'getItem' | 'setItem'>) {
    this.#storage = storage;
  }

  get token(): string | undefined {
    return this.#storage.getItem(STORAGE_KEY) ?? undefined;
  }

  /** The reader wants to be asked again. */
  reconsider(): void {
    this.#isDeclined = false;
  }

  /**
   * The token that the reader gives, kept for the tab; `undefined` where none is given. Whoever asks meanwhile shares
   * the question, and what happens by itself does not ask again once the reader has declined.
   */
  ask(reason: string, { byItself }: { readonly byItself: boolean }): Promise<string | undefined> {
    if (byItself && this.#isDeclined) return Promise.resolve(undefined);
    this.#asking ??= new Promise((resolve) => {
      this.question.value = {
        reason,
        answer: (token) => {
          this.question.value = undefined;
          this.#asking = undefined;
          this.#isDeclined = token === undefined;
          if (token !== undefined) this.#storage.setItem(STORAGE_KEY, token);
          resolve(token);
        },
      };
    });
    return this.#asking;
  }
}
