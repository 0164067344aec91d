import { existsSync } from 'node:fs';
import process from 'node:process';
import t from 'tap';

t.test("a test's folder outlives its teardowns", async (t) => {
  let folder = '';
  let wasThere = false;
  await t.test('that begins with its folder', async (t) => {
    folder = t.testdir({ file: 'text' });
    t.teardown(() => {
      wasThere = existsSync(folder);
    });
  });
  t.equal(wasThere, true);
  t.equal(existsSync(folder), false);
});

t.test('what a test forks loads no tap', async (t) => {
  t.same(
    process.execArgv.filter((argument) => argument.includes('teardown-order')),
    [],
  );
});
