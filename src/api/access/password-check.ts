/**
 * Basic authentication (RFC 7617) against bcrypt hashes. A comparison is made to be slow, so each is made once: Prometheus
 * gives the same password with every scrape.
 */
import { createHmac, randomBytes } from 'node:crypto';

/** Compares a password with a bcrypt hash. */
export type Compare = (password: string, hash: string) => Promise<boolean>;

/** `none`: no user and password were given. `later`: so many are being looked at that this one was not. */
export type Login = 'right' | 'wrong' | 'none' | 'later';

export interface PasswordCheckOptions {
  /** Names with the hashes of their passwords; not empty. */
  readonly users: ReadonlyMap<string, string>;
  /** Default: bcrypt's. */
  readonly compare?: Compare | undefined;
}

const MOST_KEPT = 256;
/** Comparisons that wait for those before them: more is a flood of guesses. */
const MOST_WAITING = 32;

export class PasswordCheck {
  readonly #users: ReadonlyMap<string, string>;
  readonly #compare: Compare;
  /** For a name that nobody has: as slow to compare as the slowest of the others, and nothing matches it. */
  readonly #nobodysHash: string;
  /** What came of a pair of name and password, by its digest: no password stays in memory. The latest used are last. */
  readonly #kept = new Map<string, Promise<boolean>>();
  readonly #digestKey = randomBytes(32);
  #waiting = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor({ users, compare = bcryptCompare }: PasswordCheckOptions) {
    this.#users = users;
    this.#compare = compare;
    const costs = [...users.values()].map((hash) => hash.slice(4, 6));
    this.#nobodysHash = `$2b$${costs.sort().at(-1) ?? '10'}$${'.'.repeat(53)}`;
  }

  /** Whether an Authorization header gives the name and the password of a user. */
  async check(authorization: string | undefined): Promise<Login> {
    const given = basicOf(authorization);
    if (given === undefined) return 'none';
    const digest = createHmac('sha256', this.#digestKey).update(given).digest('base64');
    const known = this.#kept.get(digest);
    if (known === undefined && this.#waiting >= MOST_WAITING) return 'later';
    const outcome = known ?? this.#inTurn(given);
    this.#kept.delete(digest);
    this.#kept.set(digest, outcome);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MOST_KEPT && oldest !== undefined) this.#kept.delete(oldest);
    try {
      return (await outcome) ? 'right' : 'wrong';
    } catch (error) {
      // It came to nothing, which says nothing of the next time.
      if (this.#kept.get(digest) === outcome) this.#kept.delete(digest);
      throw error;
    }
  }

  /** One comparison at a time: each keeps the processor busy. */
  #inTurn(given: string): Promise<boolean> {
    const colon = given.indexOf(':');
    const hash = this.#users.get(given.slice(0, colon));
    const password = given.slice(colon + 1);
    this.#waiting += 1;
    const outcome = this.#last
      .then(() => this.#compare(password, hash ?? this.#nobodysHash))
      .then((isSame) => isSame && hash !== undefined)
      .finally(() => {
        this.#waiting -= 1;
      });
    this.#last = outcome.catch(() => undefined);
    return outcome;
  }
}

/** `name:password` as it was given; `undefined` where the header gives none. */
function basicOf(authorization = ''): string | undefined {
  const encoded = /^Basic +([A-Za-z0-9+/]+={0,2})$/i.exec(authorization)?.[1];
  if (encoded === undefined) return undefined;
  const given = Buffer.from(encoded, 'base64').toString('utf8');
  return given.includes(':') ? given : undefined;
}

// Loaded when the first password comes: most agents ask for none.
async function bcryptCompare(password: string, hash: string): Promise<boolean> {
  const { compare } = await import('bcryptjs');
  return compare(password, hash);
}
