/** The configuration in force and the rules of access that it asks for: a reload replaces both or neither. */
import type { AccessRules } from '../api/access/access.js';
import { accessRulesOf } from '../api/access/access-rules.js';
import type { Config } from '../config/schema.js';
import type { Logger } from '../logger.js';

export interface LiveConfigOptions {
  readonly config: Config;
  /** Reads the configuration anew. Throws `ConfigError`. */
  readonly loadConfig: () => Promise<Config>;
  readonly hostName: string;
  readonly logger: Logger;
}

export class LiveConfig {
  readonly #options: LiveConfigOptions;
  #config: Config;
  #rules: AccessRules;

  private constructor(options: LiveConfigOptions, rules: AccessRules) {
    this.#options = options;
    this.#config = options.config;
    this.#rules = rules;
  }

  /** Throws `TokenFileError`. */
  static async open(options: LiveConfigOptions): Promise<LiveConfig> {
    return new LiveConfig(options, await accessRulesOf(options.config.web, options.hostName));
  }

  get current(): Config {
    return this.#config;
  }

  get rules(): AccessRules {
    return this.#rules;
  }

  /** Throws `ConfigError` or `TokenFileError`; what was in force stays then. */
  async reload(): Promise<void> {
    const { config: first, loadConfig, hostName, logger } = this.#options;
    const next = await loadConfig();
    // A reload may change the rules, but not where the agent listens.
    const rules = await accessRulesOf({ ...next.web, listenAddress: first.web.listenAddress }, hostName);
    for (const name of unchangeable(this.#config, next))
      logger.warn({ setting: name }, 'takes effect at the next start');
    [this.#config, this.#rules] = [next, rules];
  }

  warnOfOpenDoor(): void {
    if (this.#rules.token !== undefined || this.#rules.loopbackOnly) return;
    this.#options.logger.warn(
      { host: this.#config.web.listenAddress.host ?? 'every interface' },
      'anybody who reaches this address can start and stop benchmarks: set web.auth.bearer_token_file',
    );
  }
}

function unchangeable(before: Config, after: Config): string[] {
  const changed: string[] = [];
  if (JSON.stringify(before.web.listenAddress) !== JSON.stringify(after.web.listenAddress))
    changed.push('web.listen_address');
  if (before.storage.path !== after.storage.path) changed.push('storage.path');
  if (JSON.stringify(before.gpu) !== JSON.stringify(after.gpu)) changed.push('gpu');
  if (JSON.stringify(before.log) !== JSON.stringify(after.log)) changed.push('log');
  return changed;
}
