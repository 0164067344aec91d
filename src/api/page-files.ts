/** The built web page: what it consists of, and how each file is sent. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
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
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

/** Smallest first. */
const encodings = [
  ['br', '.br'],
  ['gzip', '.gz'],
] as const;

/** Written by `tools/build-web.mjs`: every file stands there three times, as it is and compressed. */
export class PageFiles {
  readonly #folder: string;
  readonly #files: z.infer<typeof manifestSchema>['files'];
  readonly build: string;

  constructor(folder: string, { build, files }: z.infer<typeof manifestSchema>) {
    this.#folder = folder;
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
    const body = await readFile(join(this.#folder, `${file.path}${suffix}`));
    if (encoding !== undefined) context.set('content-encoding', encoding);
    // A name with a hash in it never means anything else; the page itself names the newest ones.
    context.set('cache-control', path === '/' ? 'no-cache' : 'public, max-age=31536000, immutable');
    context.set({ vary: 'Accept-Encoding', 'content-security-policy': POLICY });
    context.type = file.type;
    context.body = body;
  }
}

/** `undefined` where the page was not built. Rejects where what is there is no page. */
export async function openPageFiles(folder: string): Promise<PageFiles | undefined> {
  let text: string;
  try {
    text = await readFile(join(folder, 'manifest.json'), 'utf8');
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  return new PageFiles(folder, manifestSchema.parse(JSON.parse(text)));
}
