/** The server of HTTP or HTTPS; certificates that change are read anew by the next connection. */
import { statSync } from 'node:fs';
import { createServer, type Server, type ServerOptions } from 'node:http';
import { createServer as createEncryptedServer } from 'node:https';
import type { SecureContextOptions, TLSSocket } from 'node:tls';
import { type PemSource, readTlsFiles } from '../../config/tls-files.js';
import type { TlsConfig } from '../../config/web-config.js';
import type { Logger } from '../../logger.js';

/** How long a client may take to agree on a key. */
const HANDSHAKE_TIMEOUT_MS = 10_000;

/** Under which event a server hands on connections that speak HTTP: also what has them served once more. */
export type HttpConnectionEvent = 'connection' | 'secureConnection';

export interface ListeningServer {
  readonly server: Server;
  readonly connectionEvent: HttpConnectionEvent;
}

export interface EncryptionOptions {
  /** At the start; `undefined` for plain HTTP, which then lasts. */
  readonly tls: TlsConfig | undefined;
  /** What is in force now: a reload may change it. */
  readonly current: () => TlsConfig | undefined;
  readonly server: ServerOptions;
  readonly logger: Pick<Logger, 'info' | 'error' | 'debug'>;
}

/** Throws `TlsFileError` where a file cannot be used. */
export function openServer({ tls, current, server: options, logger }: EncryptionOptions): ListeningServer {
  if (tls === undefined) return { server: createServer(options), connectionEvent: 'connection' };
  let inForce = tls;
  let seen = tls;
  let version = versionOf(tls);
  const server = createEncryptedServer({
    ...options,
    ...contextOf(tls),
    // HTTP/2 is not spoken.
    ALPNProtocols: ['http/1.1'],
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    requestCert: asksForCertificate(tls),
    // Decided below.
    rejectUnauthorized: false,
  });
  server.prependListener('connection', () => {
    const wanted = current() ?? seen;
    const now = versionOf(wanted);
    if (wanted === seen && now === version) return;
    // Not tried again before something changes.
    [seen, version] = [wanted, now];
    try {
      server.setSecureContext(contextOf(wanted));
      inForce = wanted;
      logger.info('the certificate of the web server was read anew');
    } catch (error) {
      logger.error({ err: error }, 'the new certificate of the web server cannot be used: the old one stays');
    }
  });
  server.prependListener('secureConnection', (socket: TLSSocket) => {
    // Node asks for a certificate always or never.
    const why = clientRefusal(socket, asksForCertificate(inForce) === asksForCertificate(tls) ? inForce : tls);
    if (why === undefined) return;
    logger.debug({ address: socket.remoteAddress, why }, 'a client without the right certificate is turned away');
    socket.destroy();
  });
  server.on('tlsClientError', (error: Error, socket: TLSSocket) => {
    logger.debug({ err: error, address: socket.remoteAddress }, 'a client did not agree on a key');
  });
  return { server, connectionEvent: 'secureConnection' };
}

/** Whether clients are asked for a certificate: a reload does not change it. */
export function asksForCertificate({ clientAuth }: Pick<TlsConfig, 'clientAuth'>): boolean {
  return clientAuth !== 'NoClientCert';
}

/** Changes with the files: a renewed certificate is another file, or the same one written anew. */
function versionOf({ cert, key, clientCa }: TlsConfig): string {
  return [cert, key, clientCa].map((source) => (source === undefined ? '' : fileVersion(source))).join(' ');
}

function fileVersion(source: PemSource): string {
  if ('text' in source) return 'inline';
  const stat = statSync(source.file, { throwIfNoEntry: false, bigint: true });
  return stat === undefined ? 'gone' : `${stat.dev}:${stat.ino}:${stat.mtimeNs}:${stat.size}`;
}

// OpenSSL 3 speaks versions before 1.2 at its lowest level of security alone.
const OLD_VERSIONS: ReadonlySet<string> = new Set(['TLSv1', 'TLSv1.1']);
const ANY_LEVEL = '@SECLEVEL=0';

function contextOf(tls: TlsConfig): SecureContextOptions {
  const { cert, key, clientCa } = readTlsFiles(tls);
  const ciphers = tls.cipherSuites.length > 0 ? tls.cipherSuites.join(':') : undefined;
  const isOld = OLD_VERSIONS.has(tls.minVersion);
  return {
    cert,
    key,
    minVersion: tls.minVersion,
    maxVersion: tls.maxVersion,
    honorCipherOrder: tls.honorCipherOrder,
    ...(clientCa === undefined ? {} : { ca: clientCa }),
    ...(ciphers === undefined && !isOld ? {} : { ciphers: `${ciphers ?? 'DEFAULT'}${isOld ? `:${ANY_LEVEL}` : ''}` }),
    ...(tls.curves.length === 0 ? {} : { ecdhCurve: tls.curves.join(':') }),
  };
}

/** Why the client may not go on; `undefined` where it may. The names are those of Go's `ClientAuthType`. */
function clientRefusal(socket: TLSSocket, { clientAuth, clientAllowedSans }: TlsConfig): string | undefined {
  const certificate = socket.getPeerX509Certificate();
  const isGiven = certificate !== undefined;
  const isRequired = clientAuth === 'RequireClientCert' || clientAuth === 'RequireAnyClientCert';
  const isVerified = clientAuth === 'VerifyClientCertIfGiven' || clientAuth === 'RequireAndVerifyClientCert';
  if (!isGiven && (isRequired || clientAuth === 'RequireAndVerifyClientCert')) return 'no certificate';
  if (isGiven && isVerified && !socket.authorized) return String(socket.authorizationError);
  if (clientAllowedSans === undefined || !isGiven) return undefined;
  const names = subjectNames(certificate.subjectAltName);
  return clientAllowedSans.some((name) => names.includes(name)) ? undefined : 'a certificate for another name';
}

/** `DNS:a.example, IP Address:192.0.2.1`; a name that needs quotes is none that can be allowed. */
function subjectNames(text = ''): string[] {
  return text.split(', ').map((entry) => entry.replace(/^(?:DNS|IP Address|email|URI):/, ''));
}
