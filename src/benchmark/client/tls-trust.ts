/**
 * What the certificate of an https server must stand up to; without one the authorities that Node knows, at all hosts.
 * Plain data, because the runner process gets it in a message.
 */
export type TlsTrust =
  /** Only these authorities, or these very certificates; PEM, one or several. */
  | { readonly check: 'authority'; readonly pem: string }
  /** What `insecure_skip_verify` asks for, off by default and refused beside a `ca_file`: whoever answers is believed. */
  | { readonly check: 'none' };

/** Options of `tls.connect` and `https.request`. */
export interface TlsOptions {
  readonly ca?: string;
  /** A certificate that was issued by somebody else is trusted too where it is among the `ca`, as curl does. */
  readonly allowPartialTrustChain?: true;
  readonly rejectUnauthorized?: false;
}

/** What Node's `tls.connect` is given; without a trust of its own the target is checked against the authorities that Node knows. */
export function tlsOptions(trust: TlsTrust | undefined): TlsOptions {
  if (trust === undefined) return {};
  if (trust.check === 'none') return { rejectUnauthorized: false };
  return { ca: trust.pem, allowPartialTrustChain: true };
}
