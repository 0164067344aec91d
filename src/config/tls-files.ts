/** The certificate, the key and the authorities that a web configuration names, read and checked. */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** Text in PEM form itself, or the path of a file that holds it. */
export type PemSource = { readonly text: string } | { readonly file: string };

interface Sources {
  readonly cert: PemSource;
  readonly key: PemSource;
  readonly clientCa?: PemSource | undefined;
}
type Part = keyof Sources;

/** All in PEM form. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
  readonly clientCa: string | undefined;
}

/** One of the files cannot be used. */
export class TlsFileError extends Error {
  override readonly name = 'TlsFileError';
  readonly code = 'tls_file';
  readonly part: Part;
  readonly expected: string;
  readonly got: string;

  constructor(part: Part, expected: string, got: string, options?: ErrorOptions) {
    super(`${part}: expected ${expected}, got ${got}`, options);
    this.part = part;
    this.expected = expected;
    this.got = got;
  }
}

/** Reads without waiting, as the next connection needs them. Throws `TlsFileError`. */
export function readTlsFiles({ cert, key, clientCa }: Sources): TlsFiles {
  const certText = textOf('cert', cert);
  const keyText = textOf('key', key);
  const [own] = certificatesIn('cert', certText);
  const privateKey = privateKeyIn(keyText);
  if (own?.checkPrivateKey(privateKey) !== true)
    throw new TlsFileError('key', 'the key of the certificate', 'the key of another one');
  if (clientCa === undefined) return { cert: certText, key: keyText, clientCa: undefined };
  const caText = textOf('clientCa', clientCa);
  certificatesIn('clientCa', caText);
  return { cert: certText, key: keyText, clientCa: caText };
}

function textOf(part: Part, source: PemSource): string {
  if ('text' in source) return source.text;
  try {
    return readFileSync(source.file, 'utf8');
  } catch (cause) {
    const got = cause instanceof Error ? cause.message : String(cause);
    throw new TlsFileError(part, `a readable file at ${source.file}`, got, { cause });
  }
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

function certificatesIn(part: Part, text: string): X509Certificate[] {
  const expected = 'certificates in PEM form';
  const found = text.match(CERTIFICATE) ?? [];
  if (found.length === 0) throw new TlsFileError(part, expected, 'none');
  try {
    return found.map((certificate) => new X509Certificate(certificate));
  } catch (cause) {
    throw new TlsFileError(part, expected, 'something between BEGIN and END that is none', { cause });
  }
}

function privateKeyIn(text: string): KeyObject {
  try {
    return createPrivateKey(text);
  } catch (cause) {
    // Its words may hold nothing of the key: they are OpenSSL's reason.
    throw new TlsFileError('key', 'a private key in PEM form without a passphrase', 'something that is none', {
      cause,
    });
  }
}
