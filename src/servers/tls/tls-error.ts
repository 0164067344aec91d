/** Why no TLS connection came about, and what would help. */
import type { TlsTrust } from '../../benchmark/client/tls-trust.js';
import { ServerError } from '../server-error.js';

const untrustedCodes: ReadonlySet<string> = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_UNTRUSTED',
]);

// OpenSSL's numbers for what is no TLS record, the first bytes of an HTTP answer for instance; Node gives no code for them.
const NOT_TLS = /:error:0A00(?:010B|00C6):/;

/** `undefined` where the error of an https connection has nothing to do with TLS, or the URL is not https. */
export function tlsError(
  url: string,
  error: NodeJS.ErrnoException,
  trust: TlsTrust | undefined,
): ServerError | undefined {
  const { origin, protocol, hostname } = new URL(url);
  if (protocol !== 'https:') return undefined;
  const problem = problemOf(error, trust, hostname);
  return problem === undefined ? undefined : new ServerError('tls_failed', `${origin} ${problem}`, { cause: error });
}

const skipAdvice = 'insecure_skip_verify: true takes any certificate';

function problemOf(error: NodeJS.ErrnoException, trust: TlsTrust | undefined, hostname: string): string | undefined {
  const { code = '', message } = error;
  if (untrustedCodes.has(code)) return `shows a certificate that ${untrusted(trust)} (${message}).`;
  if (code === 'CERT_HAS_EXPIRED') return `shows a certificate that has expired. Renew it there; ${skipAdvice}.`;
  if (code === 'CERT_NOT_YET_VALID') {
    return 'shows a certificate that is not valid yet. Check the clocks of this machine and of the one that issued it.';
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return `shows a certificate for ${namesIn(error)}, not for ${hostname}. Use a name of the certificate in url; ${skipAdvice}.`;
  }
  if (NOT_TLS.test(message)) return 'does not speak TLS on this port. If it speaks plain HTTP, write http:// in url.';
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_')) {
    const reason = 'reason' in error && typeof error.reason === 'string' ? error.reason : message.trim();
    return `and this machine agree on no TLS connection: ${reason}.${clientCertificateAdvice(code)}`;
  }
  return undefined;
}

function untrusted(trust: TlsTrust | undefined): string {
  if (trust?.check === 'authority') {
    return "the target's ca_file does not vouch for: put the certificate of the authority that issued it there";
  }
  const own = 'or to its own where it is self-signed';
  return `no authority known here vouches for: set ca_file of the target to the one that issued it, ${own}; ${skipAdvice}`;
}

function clientCertificateAdvice(code: string): string {
  return code.includes('CERTIFICATE_REQUIRED') ? ' It asks for a client certificate, and typhon has none.' : '';
}

const MAX_NAMES = 5;

/** The names that a certificate is for: `DNS:box.example, IP Address:10.0.0.2`. */
function namesIn(error: Error): string {
  const certificate: unknown = 'cert' in error ? error.cert : undefined;
  const isObject = typeof certificate === 'object' && certificate !== null && 'subjectaltname' in certificate;
  const listed = isObject && typeof certificate.subjectaltname === 'string' ? certificate.subjectaltname : '';
  const names = listed.split(', ').map((entry) => entry.replace(/^(?:DNS|IP Address):/, ''));
  return (
    names
      .filter((name) => name !== '')
      .slice(0, MAX_NAMES)
      .join(', ') || 'other names'
  );
}
