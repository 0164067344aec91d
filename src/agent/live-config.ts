/** The configuration in force, the web configuration and the rules of access: a reload replaces all or none. */
import type { AccessRules } from '../api/access/access.js';
import { accessRulesOf } from '../api/access/access-rules.js';
import { asksForCertificate } from '../api/listener/encryption.js';
import type { Config } from '../config/schema.js';
import { loadWebConfig, PLAIN_WEB, type WebConfig } from '../config/web-config.js';
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
  #web: WebConfig;
  #rules: AccessRules;
  readonly #firstWeb: WebConfig;

  private constructor(options: LiveConfigOptions, web: WebConfig, rules: AccessRules) {
    this.#options = options;
    this.#config = options.config;
    this.#web = web;
    this.#firstWeb = web;
    this.#rules = rules;
  }

  /** Throws `TokenFileError`, or `ConfigError` for the web configuration. */
  static async open(options: LiveConfigOptions): Promise<LiveConfig> {
    const web = await webConfigOf(options.config);
    return new LiveConfig(options, web, await accessRulesOf(options.config.web, options.hostName, web));
  }

  get current(): Config {
    return this.#config;
  }

  get web(): WebConfig {
    return this.#web;
  }

  get rules(): AccessRules {
    return this.#rules;
  }

  /** Throws `ConfigError` or `TokenFileError`; what was in force stays then. */
  async reload(): Promise<void> {
    const { config: first, loadConfig, hostName, logger } = this.#options;
    const next = await loadConfig();
    // A reload may change the rules, but not where the agent listens.
    const web = await webConfigOf(next);
    const rules = await accessRulesOf({ ...next.web, listenAddress: first.web.listenAddress }, hostName, web);
    for (const name of [...unchangeable(this.#config, next), ...unchangeableWeb(this.#firstWeb, web)])
      logger.warn({ setting: name }, 'takes effect at the next start');
    [this.#config, this.#web, this.#rules] = [next, web, rules];
  }

  warnOfOpenDoor(): void {
    const { token, passwords, loopbackOnly } = this.#rules;
    // Whoever has to show a certificate is not anybody.
    const isKnown = this.#firstWeb.tls?.clientAuth === 'RequireAndVerifyClientCert';
    if (token !== undefined || passwords !== undefined || loopbackOnly || isKnown) return;
    this.#options.logger.warn(
      { host: this.#config.web.listenAddress.host ?? 'every interface' },
      'anybody who reaches this address can start and stop benchmarks: set web.auth.bearer_token_file or web.config_file',
    );
  }
}

function webConfigOf({ web: { configFile } }: Config): Promise<WebConfig> {
  return configFile === undefined ? Promise.resolve(PLAIN_WEB) : loadWebConfig(configFile);
}

function unchangeableWeb({ tls: before }: WebConfig, { tls: after }: WebConfig): string[] {
  if (before === undefined && after === undefined) return [];
  if (before === undefined || after === undefined) return ['tls_server_config'];
  return asksForCertificate(before) === asksForCertificate(after) ? [] : ['tls_server_config.client_auth_type'];
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
