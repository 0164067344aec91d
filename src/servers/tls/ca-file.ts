/** The certificate authority that a target's configuration names. */
import { readFile } from 'node:fs/promises';
import type { TlsTrust } from '../../benchmark/client/tls-trust.js';
import { ServerError } from '../server-error.js';

/** How a target's certificate is checked, as it stands in the configuration. */
export type ConfiguredTls = { readonly check: 'authority'; readonly caFile: string } | { readonly check: 'none' };

/**
 * Reads the file at each use, so that a renewed authority needs no reload. Throws a `ServerError` `bad_ca_file` where
 * the file cannot be read or holds anything but certificates: OpenSSL would pass over it in silence.
 */
export async function tlsTrustOf(tls: ConfiguredTls | undefined): Promise<TlsTrust | undefined> {
  if (tls === undefined || tls.check === 'none') return tls;
  const { caFile } = tls;
  const pem = await readFile(caFile, 'utf8').catch((cause: unknown) => {
    throw badFile(caFile, `cannot be read (${cause instanceof Error ? cause.message : String(cause)})`, cause);
  });
  const { X509Certificate } = await import('node:crypto');
  const certificates = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (certificates.length === 0) throw badFile(caFile, 'holds no certificate in PEM form');
  try {
    for (const certificate of certificates) new X509Certificate(certificate);
  } catch (cause) {
    throw badFile(caFile, 'holds something that is no certificate', cause);
  }
  return { check: 'authority', pem: certificates.join('\n') };
}

function badFile(path: string, met: string, cause?: unknown): ServerError {
  const expected = 'Expected the certificates of one or more authorities, between BEGIN and END CERTIFICATE lines';
  return new ServerError('bad_ca_file', `The target's ca_file ${path} ${met}. ${expected}.`, { cause });
}
