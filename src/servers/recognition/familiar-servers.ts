/** Which kind of server stood behind a base lately. */
import type { ServerKind } from '../../benchmark/inference-server.js';

// What has taken the place of another server is known for what it is by then, also where it answers like the one before.
const FAMILIAR_FOR_MS = 600_000;

/**
 * For looks that are repeated all day: who was recognised is asked what its own kind is known by, one or two things, and
 * only now and then what all kinds are known by, which is twenty.
 */
export class FamiliarServers {
  readonly #nowMs: () => number;
  readonly #met = new Map<string, { readonly kind: ServerKind; readonly untilMs: number }>();

  /** @param nowMs the machine's monotonic clock */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** `undefined` where nobody was recognised, or too long ago. */
  kindAt(apiBase: string): ServerKind | undefined {
    const met = this.#met.get(apiBase);
    return met !== undefined && this.#nowMs() < met.untilMs ? met.kind : undefined;
  }

  /** One was recognised among all kinds. */
  recognised({ apiBase, kind }: { readonly apiBase: string; readonly kind: ServerKind }): void {
    this.#met.set(apiBase, { kind, untilMs: this.#nowMs() + FAMILIAR_FOR_MS });
  }
}
