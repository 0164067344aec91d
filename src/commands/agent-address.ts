/** Where an agent listens, and the token that it wants. */
import { tokenOf } from '../api/access/access-rules.js';
import { holderOf } from '../chronicle/lock.js';
import type { StoragePaths } from '../chronicle/storage.js';
import type { Config } from '../config/schema.js';
import { loadWebConfig } from '../config/web-config.js';
import type { AgentAddress } from '../mcp/agent-tools.js';
import { parseApiBase } from '../servers/api-base.js';

export interface AgentAddressOptions {
  /** As it was given by hand: then nobody has to work in the storage. */
  readonly url: string | undefined;
  readonly config: Pick<Config, 'web'>;
  readonly paths: Pick<StoragePaths, 'agentLock'>;
}

/** The one that works in the storage; `undefined` where there is none. Throws as {@link configuredAgent}, and `StorageError`. */
export async function agentAddress({ url, config, paths }: AgentAddressOptions): Promise<AgentAddress | undefined> {
  if (url === undefined && (await holderOf(paths.agentLock)) === undefined) return undefined;
  return configuredAgent({ url, config });
}

/** Where the configuration has an agent listen, whether one does or not. Throws `ServerError`, `TokenFileError`, `ConfigError`. */
export async function configuredAgent({
  url,
  config,
}: Pick<AgentAddressOptions, 'url' | 'config'>): Promise<AgentAddress> {
  const { auth, configFile, listenAddress } = config.web;
  const token = auth === undefined ? undefined : await tokenOf(auth.bearerToken);
  if (url !== undefined) return { url: parseApiBase(url), token };
  const tls = configFile === undefined ? undefined : (await loadWebConfig(configFile)).tls;
  const { host = '127.0.0.1', port } = listenAddress;
  return { url: `${tls === undefined ? 'http' : 'https'}://${reachable(host)}:${port}`, token };
}

/** What listens on every interface is reached by the loopback one. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
