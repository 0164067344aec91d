import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import t from 'tap';
import { z } from 'zod';
import { openPageFiles } from '../../src/api/page-files.js';
import { apiBench, ask } from '../fixtures/api-bench.js';

const WEB = resolve('dist/web');
const MAX_FIRST_LOAD_BYTES = 80_000;

const manifest = z
  .object({ build: z.string(), files: z.record(z.string(), z.object({ path: z.string(), type: z.string() })) })
  .parse(JSON.parse(readFileSync(join(WEB, 'manifest.json'), 'utf8')));

/** The larger icons are for an installed page, the licences for who wants to read them: no load of it asks for either. */
const isLoaded = ({ type }: { readonly type: string }) => type !== 'image/png' && !type.startsWith('text/plain');

const readingFrom = (folder: string) => (name: string) => readFile(join(folder, name));

async function served(t: Parameters<typeof apiBench>[0], rules = {}) {
  return apiBench(t, { rules, services: { page: await openPageFiles(readingFrom(WEB)) } });
}

t.test('the first load, whatever it leads to, is under 80 kB compressed', async (t) => {
  let bytes = 0;
  const loaded = Object.values(manifest.files).filter(isLoaded);
  for (const { path } of loaded) bytes += readFileSync(join(WEB, `${path}.gz`)).length;
  t.ok(bytes < MAX_FIRST_LOAD_BYTES, `${bytes} bytes`);
});

t.test('the page names files that are there, and a policy under which just they run', async (t) => {
  const { port } = await served(t);
  const { status, headers, body } = await ask(port, { path: '/' });
  t.equal(status, 200);
  t.equal(headers['content-type'], 'text/html; charset=utf-8');
  t.equal(headers['cache-control'], 'no-cache');
  t.match(body, `content="${manifest.build}"`);
  const policy = String(headers['content-security-policy']);
  for (const rule of [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "worker-src 'self'",
  ]) {
    t.ok(policy.split('; ').includes(rule), rule);
  }
  t.notMatch(policy, 'unsafe');
  t.notMatch(body, /<style|\sstyle="|\son\w+="/, 'nothing inline');
  const links = [...body.matchAll(/(?:src|href)="(assets\/[^"]+)"/g)].map(([, link = '']) => link);
  t.equal(links.length, 3);
  for (const link of links) {
    const asset = await ask(port, { path: `/${link}` });
    t.equal(asset.status, 200, link);
    t.match(asset.headers['cache-control'], /immutable/);
    t.equal(asset.headers['x-content-type-options'], 'nosniff');
  }
});

t.test('whatever may be kept for ever bears a hash of its contents in its name', async (t) => {
  const { port } = await served(t);
  for (const path of Object.keys(manifest.files)) {
    const { headers } = await ask(port, { path });
    t.equal(/immutable/.test(String(headers['cache-control'])), /-[A-Za-z0-9]{8,}\.\w+$/.test(path), path);
  }
});

const webManifest = z.object({
  name: z.string().min(1),
  short_name: z.string().min(1).max(12),
  start_url: z.literal('./'),
  scope: z.literal('./'),
  display: z.literal('standalone'),
  theme_color: z.string().regex(/^#[0-9a-f]{6}$/),
  background_color: z.string().regex(/^#[0-9a-f]{6}$/),
  icons: z.array(z.object({ src: z.string(), sizes: z.string(), type: z.string(), purpose: z.string() })),
});

t.test('can be installed: a manifest, whose icons are there and as large as they say', async (t) => {
  const { port } = await served(t);
  const page = await ask(port, { path: '/' });
  t.match(page.body, '<link rel="manifest" href="manifest.webmanifest"');
  for (const theme of ['light', 'dark']) t.match(page.body, `media="(prefers-color-scheme: ${theme})"`);
  const { status, headers, body } = await ask(port, { path: '/manifest.webmanifest' });
  t.equal(status, 200);
  t.match(headers['content-type'], 'application/manifest+json');
  t.equal(headers['cache-control'], 'no-cache');
  const { icons } = webManifest.parse(JSON.parse(body));
  t.same(
    icons.map(({ sizes, type, purpose }) => [sizes, type, purpose].join(' ')),
    ['any image/svg+xml any', '192x192 image/png any', '512x512 image/png any', '512x512 image/png maskable'],
  );
  for (const { src, sizes, type } of icons) {
    const icon = await ask(port, { path: `/${src}` });
    t.equal(icon.status, 200, src);
    t.equal(icon.headers['content-type'], type, src);
    if (type !== 'image/png') continue;
    const bytes = readFileSync(join(WEB, src));
    t.equal(bytes.toString('latin1', 1, 4), 'PNG', src);
    // Width and height, in the header that comes first (PNG specification, section 11.2.2).
    t.equal(`${bytes.readUInt32BE(16)}x${bytes.readUInt32BE(20)}`, sizes, src);
  }
});

t.test('the worker belongs to this build, keeps all that the page needs, and is never an old one', async (t) => {
  const { port } = await served(t);
  const { status, headers, body } = await ask(port, { path: '/worker.js' });
  t.equal(status, 200);
  t.match(headers['content-type'], 'text/javascript');
  t.equal(headers['cache-control'], 'no-cache');
  t.match(body, `"${manifest.build}"`);
  t.notMatch(body, '%BUILD%');
  const needed = Object.entries(manifest.files).filter(([path, file]) => path.startsWith('/assets/') && isLoaded(file));
  for (const [path] of needed) t.match(body, `"${path.slice(1)}"`);
});

t.test('an answer for which a token was sent says that it is not for everybody', async (t) => {
  const { port } = await served(t, { token: 'open-sesame', protect: 'changes' });
  const plain = await ask(port, { path: '/status' });
  t.notMatch(String(plain.headers.vary), /authorization/i);
  const signedIn = await ask(port, { path: '/status', headers: { authorization: 'Bearer open-sesame' } });
  t.equal(signedIn.status, 200);
  t.match(signedIn.headers.vary, /authorization/i);
});

t.test('is sent as small as the reader can take it', async (t) => {
  const { url } = await served(t);
  const [path = ''] = Object.keys(manifest.files).filter((name) => name.includes('/main-'));
  const raw = async (accept: string) => {
    const response = await ask(Number(new URL(url).port), { path, headers: { 'accept-encoding': accept } });
    return { encoding: response.headers['content-encoding'], length: Number(response.headers['content-length']) };
  };
  const plain = await raw('identity');
  const gzip = await raw('gzip, deflate');
  const brotli = await raw('gzip, deflate, br');
  t.same([plain.encoding, gzip.encoding, brotli.encoding], [undefined, 'gzip', 'br']);
  t.ok(brotli.length < gzip.length && gzip.length < plain.length);
  const file = join(WEB, manifest.files[path]?.path ?? '');
  const bytes = readFileSync(file);
  t.ok(gunzipSync(readFileSync(`${file}.gz`)).equals(bytes));
  t.ok(brotliDecompressSync(readFileSync(`${file}.br`)).equals(bytes));
});

t.test('nothing beside its own files is reached', async (t) => {
  const { port } = await served(t);
  for (const path of ['/assets/', '/assets/nothing.js', '/assets/..%2fmanifest.json', '/assets/%2e%2e/index.html']) {
    t.equal((await ask(port, { path })).status, 404, path);
  }
  t.equal((await ask(port, { path: '/assets/__proto__' })).status, 404);
});

t.test('comes without a token, which it then asks for; strangers get nothing of it', async (t) => {
  const { port } = await served(t, { token: 'open-sesame', protect: 'all' });
  t.equal((await ask(port, { path: '/' })).status, 200);
  for (const path of Object.keys(manifest.files)) t.equal((await ask(port, { path })).status, 200, path);
  t.equal((await ask(port, { path: '/status' })).status, 401);
  t.equal((await ask(port, { method: 'POST', path: '/' })).status, 401);
  t.equal((await ask(port, { path: '/', headers: { host: 'evil.example' } })).status, 403);
});

t.test('where it was not built a plain page says so', async (t) => {
  const folder = t.testdir({});
  t.notOk(existsSync(join(folder, 'manifest.json')));
  t.equal(await openPageFiles(readingFrom(folder)), undefined);
  const { port } = await apiBench(t);
  const { status, body } = await ask(port, { path: '/' });
  t.equal(status, 200);
  t.match(body, 'npm run build');
  await t.rejects(openPageFiles(readingFrom(t.testdir({ 'manifest.json': '{}' }))));
  await t.rejects(openPageFiles(readingFrom(t.testdir({ 'manifest.json': t.fixture('symlink', '.') }))));
});
