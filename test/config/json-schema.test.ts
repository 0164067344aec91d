import { readFile } from 'node:fs/promises';
import t from 'tap';
import { configJsonSchema } from '../../src/config/json-schema.js';

interface Node {
  readonly properties?: Record<string, Node>;
  readonly items?: Node;
  /** The members of a union. */
  readonly oneOf?: readonly Node[];
  readonly description?: string;
}

function* leaves(node: Node, path: string): Generator<[string, Node]> {
  for (const [key, inner] of Object.entries(node.properties ?? {})) yield* leaves(inner, `${path}.${key}`);
  const members = node.items?.oneOf ?? (node.items?.properties === undefined ? [] : [node.items]);
  for (const member of members) yield* leaves(member, `${path}[]`);
  if (members.length === 0 && node.properties === undefined) yield [path, node];
}

const schema = JSON.parse(configJsonSchema()) as Node;

t.test('tells an editor what every key means', async (t) => {
  const found = [...leaves(schema, '')];
  t.ok(found.length > 25);
  t.same(
    found.filter(([, node]) => node.description === undefined).map(([path]) => path),
    [],
  );
});

t.test('knows every key that the annotated file shows, and the file shows every key', async (t) => {
  const annotated = await readFile('config/typhon.yaml', 'utf8');
  const shown = new Set([...annotated.matchAll(/^[\s#-]*([a-z_\d]+):(?= |$)/gm)].map(([, key]) => key));
  for (const word of ['yaml', 'protect']) shown.delete(word);
  const keys = new Set<string | undefined>();
  for (const [path] of leaves(schema, '')) for (const key of path.split(/[.[\]]+/)) if (key !== '') keys.add(key);
  keys.delete('protect');
  t.same([...shown].sort(), [...keys].sort());
});
