/** What the build makes of constants whose value is a schema. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { build } from 'esbuild';
import t, { type Test } from 'tap';
import { deferredSchemas } from '../../tools/deferred-schemas.mjs';

/** In place of zod: tells what it was asked to make. */
const zod = `export const asked: string[] = [];
export const string = (name: string) => {
  asked.push(name);
  return { name, optional: () => string(name + '?') };
};
`;

interface Program {
  /** What has been made by now, in its order. */
  readonly asked: readonly string[];
  readonly run: () => unknown;
}

/** `main.ts` of these files as the build bundles it. It has a function `run`. */
async function bundled(t: Test, { main, ...others }: Readonly<Record<string, string>>): Promise<Program> {
  const sources = { zod, main: `export { asked } from 'zod';\n${main}`, ...others };
  const folder = t.testdir(Object.fromEntries(Object.entries(sources).map(([name, text]) => [`${name}.ts`, text])));
  await build({
    entryPoints: [join(folder, 'main.ts')],
    outfile: join(folder, 'main.cjs'),
    bundle: true,
    platform: 'node',
    format: 'cjs',
    alias: { zod: join(folder, 'zod.ts') },
    plugins: [deferredSchemas(folder)],
    logLevel: 'silent',
  });
  return createRequire(import.meta.url)(join(folder, 'main.cjs')) as Program;
}

t.test('a schema is made when it is first asked for, once, with those that it is made of', async (t) => {
  const { asked, run } = await bundled(t, {
    main: `import * as z from 'zod';
    import { name, other as another } from './names.js';
    const made = { name: name.optional(), ...{ another } };
    export const unasked = z.string('unasked');
    export const run = () => [made.name.name, made.another.name, made === made];`,
    names: `import * as z from 'zod';
    export const name = z.string('name');
    export const other = text('other');
    function text(word: string) { return z.string(word); }`,
  });
  t.same(asked, []);
  t.same(run(), ['name?', 'other', true]);
  t.same(asked, ['name', 'name?', 'other']);
  t.end();
});

t.test('what is made without a schema is made at once, and asks for one where it needs it', async (t) => {
  const { asked, run } = await bundled(t, {
    main: `import * as z from 'zod';
    import { second } from './second.js';
    const list = [1, 2];
    const later = () => first;
    const first = z.string('first');
    export const run = (at = second) => [list, later().name, at.name];`,
    second: `import * as z from 'zod';
    export const second = z.string('second');
    const holders = new Set<string>();
    holders.add('a' + 'b');
    export class Reader { static readonly held = second; }`,
  });
  t.same(asked, ['second'], 'a class asks when it is defined');
  t.same(run(), [[1, 2], 'first', 'second']);
  t.end();
});

t.test('a name that means something else inside of a function, or in a type, stays', async (t) => {
  const { asked, run } = await bundled(t, {
    main: `import * as z from 'zod';
    const at = z.string('at');
    type At = typeof at;
    interface Place { readonly at: At }
    function given(at: number, { z }: { z: number }) { return at + z; }
    function listed() {
      const found: number[] = [];
      for (const at of [1, 2]) found.push(at);
      for (let at = 3; at < 4; at++) found.push(at);
      try { throw 5; } catch (at) { found.push(at as number); }
      { const at = 6; found.push(at); }
      switch (true) { default: const at = 7; found.push(at); }
      at: for (;;) break at;
      return found;
    }
    export const run = () => [given(1, { z: 2 }), listed(), ((at) => at)(8), [9].at(0), { at: 10 } as unknown as Place];`,
  });
  t.same(run(), [3, [1, 2, 3, 5, 6, 7], 8, 9, { at: 10 }]);
  t.same(asked, []);
  t.end();
});

t.test('a schema of a module that is imported later is asked for there', async (t) => {
  const { asked, run } = await bundled(t, {
    main: `export const run = async () => {
      const { second: own, first } = await import('./later.js');
      return [own.name, first.name];
    };`,
    later: `import * as z from 'zod';
    export const first = z.string('first');
    export const second = first.optional();`,
  });
  t.same(asked, []);
  t.same(await run(), ['first?', 'first']);
  t.end();
});

t.test('a statement makes one schema', async (t) => {
  const main = `import * as z from 'zod'; export const a = z.string('a'), b = 1; export const run = () => a;`;
  await t.rejects(bundled(t, { main }), /a needs a statement of its own/);
});

t.test('a schema that is handed on otherwise than by its name is refused, with its place', async (t) => {
  const schema = `import * as z from 'zod'; export const a = z.string('a'); export const b = 1;`;
  const run = 'export const run = () => 1;';
  const ways: Readonly<Record<string, string>> = {
    'all of a module': `import * as one from './one.js'; ${run} one.a;`,
    'all of a module, later': `export const run = async () => (await import('./one.js')).a;`,
    'exported from where it was not made': `export { a } from './one.js'; ${run}`,
    'exported after an import': `import { a } from './one.js'; export { a }; ${run}`,
    'exported with everything': `export * from './one.js'; ${run}`,
    'exported under another name': `import * as z from 'zod'; const c = z.string('c'); export { c as d }; ${run}`,
  };
  for (const [way, main] of Object.entries(ways)) {
    await t.rejects(bundled(t, { main, one: schema }), /main\.ts:\d+: a schema is imported by its own name/, way);
  }
  await bundled(t, { main: `export { b } from './one.js'; ${run}`, one: schema });
});
