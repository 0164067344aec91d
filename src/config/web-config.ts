/**
 * The web configuration file of the Prometheus exporters, as their toolkit documents it:
 * https://github.com/prometheus/exporter-toolkit/blob/master/docs/web-configuration.md
 */
import { dirname, resolve } from 'node:path';
import * as z from 'zod';
import { ConfigError, type ConfigProblem } from './config-error.js';
import { readConfigText } from './config-text.js';
import { type ConfigViolation, invalidConfig, violationsOf } from './config-violation.js';
import { describeValue, expectationOf } from './expectation.js';
import { filled, text } from './field.js';
import { formatPath } from './path.js';
import { type PemSource, readTlsFiles, TlsFileError } from './tls-files.js';

const clientAuthTypes = [
  'NoClientCert',
  'RequestClientCert',
  // The older name of the next one.
  'RequireClientCert',
  'RequireAnyClientCert',
  'VerifyClientCertIfGiven',
  'RequireAndVerifyClientCert',
] as const;

/** From the oldest to the newest, with OpenSSL's names. */
const tlsVersions = { TLS10: 'TLSv1', TLS11: 'TLSv1.1', TLS12: 'TLSv1.2', TLS13: 'TLSv1.3' } as const;
const versionNames = Object.keys(tlsVersions) as (keyof typeof tlsVersions)[];
const tlsVersion = z.enum(versionNames as [keyof typeof tlsVersions, ...(keyof typeof tlsVersions)[]]);

/** Go's cipher suites, with OpenSSL's names. */
const cipherSuites: Readonly<Record<string, string>> = {
  TLS_AES_128_GCM_SHA256: 'TLS_AES_128_GCM_SHA256',
  TLS_AES_256_GCM_SHA384: 'TLS_AES_256_GCM_SHA384',
  TLS_CHACHA20_POLY1305_SHA256: 'TLS_CHACHA20_POLY1305_SHA256',
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA: 'ECDHE-ECDSA-AES128-SHA',
  TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA: 'ECDHE-ECDSA-AES256-SHA',
  TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA: 'ECDHE-RSA-AES128-SHA',
  TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA: 'ECDHE-RSA-AES256-SHA',
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: 'ECDHE-ECDSA-AES128-GCM-SHA256',
  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: 'ECDHE-ECDSA-AES256-GCM-SHA384',
  TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: 'ECDHE-RSA-AES128-GCM-SHA256',
  TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384: 'ECDHE-RSA-AES256-GCM-SHA384',
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-ECDSA-CHACHA20-POLY1305',
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-RSA-CHACHA20-POLY1305',
};
const curves: Readonly<Record<string, string>> = {
  X25519: 'X25519',
  CurveP256: 'P-256',
  CurveP384: 'P-384',
  CurveP521: 'P-521',
};

/** A list of names that `known` translates; an empty one means OpenSSL's own choice. */
function namesOf(known: Readonly<Record<string, string>>) {
  const error = `one of ${Object.keys(known).join(', ')}`;
  return z.array(
    z.string({ error }).transform((name, context) => {
      const translated = known[name];
      if (translated === undefined) context.addIssue({ code: 'custom', message: error });
      return translated ?? z.NEVER;
    }),
  );
}

const pem = filled('text in PEM form').optional();
const path = filled('a path').optional();

/** The one of two keys that is given. */
function sourceOf(inline: string | undefined, file: string | undefined): PemSource | undefined {
  if (inline !== undefined) return { text: inline };
  return file === undefined ? undefined : { file };
}

const tlsSchema = z
  .strictObject({
    cert: pem,
    key: pem,
    client_ca: pem,
    cert_file: path,
    key_file: path,
    client_ca_file: path,
    client_auth_type: z.enum(clientAuthTypes).default('NoClientCert'),
    client_allowed_sans: z.array(filled('a name')).optional(),
    min_version: tlsVersion.default('TLS12'),
    max_version: tlsVersion.default('TLS13'),
    cipher_suites: namesOf(cipherSuites).default([]),
    prefer_server_cipher_suites: z.boolean().default(true),
    curve_preferences: namesOf(curves).default([]),
  })
  .transform((given, context) => {
    const refuse = (key: keyof typeof given, message: string) =>
      context.addIssue({ code: 'custom', message, path: [key] });
    for (const key of ['cert', 'key', 'client_ca'] as const)
      if (given[key] !== undefined && given[`${key}_file`] !== undefined) refuse(key, `either ${key} or ${key}_file`);
    const cert = sourceOf(given.cert, given.cert_file);
    const key = sourceOf(given.key, given.key_file);
    const clientCa = sourceOf(given.client_ca, given.client_ca_file);
    if (cert === undefined) refuse('cert_file', 'the path of the certificate');
    if (key === undefined) refuse('key_file', "the path of the certificate's key");
    const asks = given.client_auth_type !== 'NoClientCert';
    if (clientCa !== undefined && !asks)
      refuse('client_auth_type', 'RequireAndVerifyClientCert where there is a client CA');
    if (given.client_allowed_sans !== undefined && !asks)
      refuse('client_auth_type', 'RequireAndVerifyClientCert where client_allowed_sans stands');
    if (versionNames.indexOf(given.min_version) > versionNames.indexOf(given.max_version))
      refuse('min_version', `at most the max_version, ${given.max_version}`);
    if (cert === undefined || key === undefined) return z.NEVER;
    return {
      cert,
      key,
      clientCa,
      clientAuth: given.client_auth_type,
      clientAllowedSans: given.client_allowed_sans,
      minVersion: tlsVersions[given.min_version],
      maxVersion: tlsVersions[given.max_version],
      cipherSuites: given.cipher_suites,
      honorCipherOrder: given.prefer_server_cipher_suites,
      curves: given.curve_preferences,
    };
  });

/** How the web server encrypts. Paths are absolute. */
export type TlsConfig = z.output<typeof tlsSchema>;

// Nothing that would break a header: RFC 9110, field values.
const headerValue = text('visible ASCII characters and spaces', /^[\x20-\x7e]*$/);
/** Those that the toolkit allows; an empty value sets none. */
const headersSchema = z.strictObject({
  'Content-Security-Policy': headerValue.optional(),
  'Strict-Transport-Security': headerValue.optional(),
  'X-Content-Type-Options': z.enum(['nosniff', '']).optional(),
  'X-Frame-Options': z.enum(['deny', 'sameorigin', '']).optional(),
  'X-XSS-Protection': headerValue.optional(),
});

// JavaScript takes about 0.1 s for a cost of 10, and twice as long for each further one.
const HIGHEST_COST = 14;
const hashText = `a bcrypt hash with a cost of at most ${HIGHEST_COST}, as \`htpasswd -nBC 10 ""\` prints it`;
const bcryptHash = text(hashText, /^\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}$/).refine((hash) => {
  const cost = Number(hash.slice(4, 6));
  return cost >= 4 && cost <= HIGHEST_COST;
}, hashText);

const webConfigSchema = z
  .strictObject({
    tls_server_config: tlsSchema.optional(),
    http_server_config: z
      .strictObject({
        // There is no HTTP/2 to switch off; clients agree on HTTP/1.1 during the handshake.
        http2: z.boolean().optional(),
        headers: headersSchema.prefault({}),
      })
      .prefault({}),
    // Basic authentication ends a name at the colon (RFC 7617).
    basic_auth_users: z.record(text('a user name without colon', /^[^:]+$/), bcryptHash).nullish(),
  })
  .transform(({ tls_server_config: tls, http_server_config: http, basic_auth_users: users }) => ({
    tls,
    headers: Object.fromEntries(Object.entries(http.headers).filter(([, value]) => value !== '')) as Record<
      string,
      string
    >,
    users: new Map(Object.entries(users ?? {})) as ReadonlyMap<string, string>,
  }));

/** The web configuration in force. */
export interface WebConfig {
  /** `undefined`: plain HTTP. */
  readonly tls: TlsConfig | undefined;
  /** For every answer. */
  readonly headers: Readonly<Record<string, string>>;
  /** Names with the bcrypt hashes of their passwords; none: nobody is asked for one. */
  readonly users: ReadonlyMap<string, string>;
}

/** Without a file: plain HTTP, nobody is asked for a password. */
export const PLAIN_WEB: WebConfig = { tls: undefined, headers: {}, users: new Map() };

/**
 * Reads the file and all that it names. Relative paths begin at its folder.
 *
 * @throws ConfigError `config_unreadable` or `config_invalid`, with every problem at once.
 */
export async function loadWebConfig(file: string): Promise<WebConfig> {
  const written = await readConfigText(file, '--web.config.file');
  try {
    return await webConfigOf(written, dirname(file));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const problems = error.problems.map((problem) => ({ ...problem, path: placeIn(file, problem.path) }));
    throw new ConfigError(error.code, problems, { cause: error.cause });
  }
}

function placeIn(file: string, path: string): string {
  return path === '' ? file : `${file}: ${path}`;
}

async function webConfigOf(written: string, folder: string): Promise<WebConfig> {
  const { parseConfigDocument } = await import('./document.js');
  // The format knows no variables.
  const document = parseConfigDocument(written, undefined);
  const parsed = webConfigSchema.safeParse(document.value, { error: expectationOf });
  const problemOf = ({ path: at, expected, got }: ConfigViolation): ConfigProblem => ({
    path: formatPath(at),
    line: document.lineOf(at),
    expected,
    got: got ?? describeValue(document.value, at),
  });
  if (!parsed.success) throw invalidConfig(parsed.error.issues.flatMap(violationsOf).map(problemOf));
  const { tls, ...rest } = parsed.data;
  if (tls === undefined) return { ...rest, tls };
  const absolute = { ...tls, ...absoluteSources(tls, folder) };
  try {
    readTlsFiles(absolute);
  } catch (error) {
    if (!(error instanceof TlsFileError)) throw error;
    const isInline = 'text' in (absolute[error.part] ?? {});
    const key = `${partKeys[error.part]}${isInline ? '' : '_file'}`;
    const { expected, got } = error;
    throw invalidConfig([problemOf({ path: ['tls_server_config', key], expected, got })], { cause: error });
  }
  return { ...rest, tls: absolute };
}

const partKeys = { cert: 'cert', key: 'key', clientCa: 'client_ca' } as const;

function absoluteSources({ cert, key, clientCa }: TlsConfig, folder: string): Pick<TlsConfig, keyof typeof partKeys> {
  const absolute = (source: PemSource): PemSource =>
    'file' in source ? { file: resolve(folder, source.file) } : source;
  return {
    cert: absolute(cert),
    key: absolute(key),
    clientCa: clientCa === undefined ? undefined : absolute(clientCa),
  };
}
