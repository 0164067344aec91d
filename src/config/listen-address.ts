/** Where the web server listens. `host` is `undefined` for every interface of the machine; port 0 is any free one. */
export interface ListenAddress {
  readonly host: string | undefined;
  readonly port: number;
}

const HIGHEST_PORT = 65_535;

/** `127.0.0.1:8000`, `localhost:8000`, `[::1]:8000` or `:8000`. The groups: IPv6 address, other host, port. */
export const listenAddressPattern = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9.-]*)):(\d{1,5})$/;

/** Reads an address as flags and the configuration write it; `undefined` where `text` is none. */
export function parseListenAddress(text: string): ListenAddress | undefined {
  const [, ipv6, name, digits] = listenAddressPattern.exec(text) ?? [];
  const port = Number(digits);
  if (digits === undefined || port > HIGHEST_PORT) return undefined;
  const host = ipv6 ?? name;
  return { host: host === '' ? undefined : host, port };
}
