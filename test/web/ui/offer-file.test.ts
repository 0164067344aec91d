import t from 'tap';
import { offerFile } from '../../../src/web/ui/offer-file.js';

t.test('a text is saved as a file of its name and kind, and nothing of it is kept', async (t) => {
  const saved: { href: string; download: string; text: string; type: string }[] = [];
  const kept = new Map<string, Blob>();
  t.intercept(URL, 'createObjectURL', {
    value: (blob: Blob) => {
      kept.set('blob:1', blob);
      return 'blob:1';
    },
  });
  t.intercept(URL, 'revokeObjectURL', { value: (url: string) => kept.delete(url) });
  const clicked: Promise<void>[] = [];
  const link = {
    href: '',
    download: '',
    click() {
      const blob = kept.get(this.href);
      if (blob === undefined) throw new Error('clicked before there was a file');
      const { href, download } = this;
      clicked.push(blob.text().then((text) => void saved.push({ href, download, text, type: blob.type })));
    },
  };
  Object.assign(globalThis, { document: { createElement: () => link } });
  t.teardown(() => Reflect.deleteProperty(globalThis, 'document'));

  offerFile('history.csv', 'a,b\n1,2\n', 'text/csv');
  await Promise.all(clicked);
  t.same(saved, [{ href: 'blob:1', download: 'history.csv', text: 'a,b\n1,2\n', type: 'text/csv' }]);
  t.equal(kept.size, 0);
});
