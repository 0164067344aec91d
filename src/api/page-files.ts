/** The built web page: what it consists of, and how each file is sent. */
import type { Context } from 'koa';
import * as z from 'zod';
import { systemCodeOf } from '../chronicle/file-system.js';

const manifestSchema = z.object({
  /** The same for the same files and no others. */
  build: z.string(),
  files: z.record(z.string().startsWith('/'), z.object({ path: z.string(), type: z.string() })),
});

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  // For the address of the worker, which keeps the page for when the agent is away.
  'trusted-types offline-worker',
].join('; ');

/** Smallest first. */
const encodings = [
  ['br', '.br'],
  ['gzip', '.gz'],
] as const;

/** A file that the build has written for the page, by its path there. Rejects with the system's `ENOENT` where there is none. */
export type ReadPageFile = (path: string) => Promise<Uint8Array>;

/** Written by `tools/build-web.mjs`: every file stands there three times, as it is and compressed. */
export class PageFiles {
  readonly #read: ReadPageFile;
  readonly #files: z.infer<typeof manifestSchema>['files'];
  readonly build: string;

  constructor(read: ReadPageFile, { build, files }: z.infer<typeof manifestSchema>) {
    this.#read = read;
    this.#files = files;
    this.build = build;
  }

  has(path: string): boolean {
    return Object.hasOwn(this.#files, path);
  }

  /** Answers with the file of this path, compressed where the reader takes that. Only to be called where `has` is true. */
  async send(path: string, context: Context): Promise<void> {
    const file = this.#files[path];
    if (file === undefined) return;
    const [encoding, suffix] = encodings.find(([name]) => context.acceptsEncodings(name) === name) ?? [undefined, ''];
    const bytes = await this.#read(`${file.path}${suffix}`);
    if (encoding !== undefined) context.set('content-encoding', encoding);
    // A name with a hash in it never means anything else; the files without one name the newest ones.
    context.set('cache-control', path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache');
    context.set('content-security-policy', POLICY);
    context.vary('Accept-Encoding');
    context.type = file.type;
    context.body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
}

/** `undefined` where the page was not built. Rejects where what is there is no page. */
export async function openPageFiles(read: ReadPageFile): Promise<PageFiles | undefined> {
  let manifest: Uint8Array;
  try {
    manifest = await read('manifest.json');
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  return new PageFiles(read, manifestSchema.parse(JSON.parse(new TextDecoder().decode(manifest))));
}
