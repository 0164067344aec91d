import { type LogFn, type Logger as PinoLogger, pino, stdSerializers, stdTimeFunctions } from 'pino';
import { visibleText } from './shared/text/visible-text.js';

export type Logger = PinoLogger;

export interface LoggerOptions {
  readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
  /** `json`: one object a line. `pretty`: for people. */
  readonly format: 'json' | 'pretty';
  /** Where lines go; stderr in the product, so that stdout holds results alone. */
  readonly destination: { write(line: string): unknown };
  /** Whether a pretty line may carry colours. */
  readonly colour?: boolean | undefined;
}

const secretNames = [
  'apiKey',
  'api_key',
  'authorization',
  'Authorization',
  'bearerToken',
  'bearer_token',
  'token',
  'secret',
  'password',
  'webhookUrl',
  'webhook_url',
];
// A wildcard stands for one level: these reach from a secret logged by itself to one in a list inside a config.
const secretPlaces = ['', '*.', '*.*.', '*.*.*.'];

/** An error's words: its other properties, but for the code, may hold a client's bytes or a whole connection. */
function errorWords(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { type, message, stack } = stdSerializers.err(error);
  return { type, message, code: 'code' in error ? error.code : undefined, stack };
}

/**
 * Makes the process's logger: RFC 3339 times, level names, keys and tokens blotted out of every object logged. A line
 * that cannot be written, since something in it throws when read, is replaced by one that says so: no call throws.
 */
export async function createLogger({ level, format, destination, colour = false }: LoggerOptions): Promise<Logger> {
  const options = {
    level,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: errorWords },
    hooks: {
      logMethod(this: Logger, args: Parameters<LogFn>, method: LogFn) {
        try {
          method.apply(this, args);
        } catch (error) {
          method.apply(this, [
            `a line of the log could not be written: ${error instanceof Error ? error.message : typeof error}`,
          ]);
        }
      },
    },
    redact: {
      paths: secretPlaces.flatMap((place) => secretNames.map((name) => `${place}${name}`)),
      censor: '[secret]',
    },
  };
  const write = (line: string) => void destination.write(line);
  if (format === 'json') return pino(options, { write });
  // As a function, not as a pino transport: that would be a worker thread. Loaded only where somebody looks.
  const { prettyFactory } = await import('pino-pretty');
  const prettify = prettyFactory({ colorize: colour, translateTime: 'SYS:HH:MM:ss.l' });
  // JSON has control characters escaped; here people read them, so here they are shown.
  const shown = (line: string) =>
    JSON.parse(line, (_key, value: unknown) => (typeof value === 'string' ? visibleText(value) : value));
  return pino(options, { write: (line: string) => write(prettify(shown(line))) });
}
