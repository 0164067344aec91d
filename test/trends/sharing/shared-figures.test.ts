import { readFile } from 'node:fs/promises';
import t from 'tap';
import { isShared, sharedFiguresJsonSchema, sharedFiguresSchema } from '../../../src/trends/sharing/shared-figures.js';
import { sharedFigures, sharedModel } from '../../fixtures/shared-figures.js';

t.test('a field that is not named in the schema is refused', async (t) => {
  t.ok(sharedFiguresSchema.safeParse(sharedFigures()).success);
  t.notOk(sharedFiguresSchema.safeParse({ ...sharedFigures(), host: 'tower' }).success);
  t.notOk(sharedFiguresSchema.safeParse(sharedFigures({ models: [{ ...sharedModel(), ...{ target: 'x' } }] })).success);
});

t.test('is known by its format, whatever else is in it', async (t) => {
  t.ok(isShared({ format: 'typhon-share' }));
  for (const other of [null, [], 'typhon-share', { format: 'else' }, {}]) t.notOk(isShared(other));
});

t.test('the published schema is the one that the code has', async (t) => {
  t.equal(await readFile('config/share.schema.json', 'utf8'), sharedFiguresJsonSchema());
});
