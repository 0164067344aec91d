/** `OLLAMA_HOST` as Ollama itself reads it. Source: ollama/ollama envconfig/config.go (Host, ConnectableHost). */
import net from 'node:net';

const DEFAULT_HOST = '127.0.0.1';
const DEFAULT_PORT = '11434';
const SCHEME_PORTS: Readonly<Record<string, string>> = { http: '80', https: '443' };
/** What a server listens on, with where a client finds it then. */
const EVERY_INTERFACE: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1', '': DEFAULT_HOST };

/** Scheme, host, port and path without a trailing slash; `undefined` where it is not set or names no address. */
export function ollamaHost(value: string | undefined): string | undefined {
  const text = (value ?? '').trim().replace(/^["']+|["']+$/g, '');
  if (text === '') return undefined;
  const [, given, rest = ''] = /^(?:(.*?):\/\/)?(.*)$/s.exec(text) ?? [];
  const scheme = given ?? 'http';
  const [place = '', ...path] = rest.split('/');
  const { host, port } = hostAndPort(place, (given && SCHEME_PORTS[given]) || DEFAULT_PORT);
  const found = EVERY_INTERFACE[host] ?? host;
  const authority = `${net.isIPv6(found) ? `[${found}]` : found}:${port}`;
  const base = `${scheme}://${[authority, ...path].join('/')}`.replace(/\/+$/, '');
  return port === '0' || !(scheme in SCHEME_PORTS) || !URL.canParse(base) ? undefined : base;
}

/** A port that is none stands for the default one, as Ollama has it. */
function hostAndPort(place: string, defaultPort: string): { readonly host: string; readonly port: string } {
  const bare = place.replace(/^\[|\]$/g, '');
  if (net.isIPv6(bare)) return { host: bare, port: defaultPort };
  const [, host, port] = /^(.*):([^:]*)$/s.exec(place) ?? [undefined, place, defaultPort];
  const number = Number(port);
  const isPort = /^\d+$/.test(port ?? '') && number <= 65_535;
  return { host: (host ?? '').replace(/^\[|\]$/g, ''), port: isPort ? String(number) : defaultPort };
}
