import t from 'tap';
import { OllamaExpiry } from '../../../../src/servers/kinds/ollama/ollama-expiry.js';

const MINUTE = 60_000;

/** Found to expire at minute 10; of a session of 5 minutes. */
function used(): OllamaExpiry {
  const expiry = new OllamaExpiry(10 * MINUTE);
  expiry.requestEnded(6 * MINUTE);
  expiry.seen(11 * MINUTE);
  return expiry;
}

t.test('what our own requests put off is to be as it was found', (t) => {
  const expiry = used();
  expiry.requestEnded(8 * MINUTE);
  expiry.seen(13 * MINUTE + 80);
  t.equal(expiry.leftMs(8 * MINUTE + 500), 2 * MINUTE - 500);
  t.end();
});

t.test('nothing is to be done where nothing has changed, or for ever is for ever', (t) => {
  t.equal(new OllamaExpiry(10 * MINUTE).leftMs(6 * MINUTE), undefined);
  t.equal(new OllamaExpiry(undefined).leftMs(6 * MINUTE), undefined);
  const century = 3_155_760_000_000;
  const endless = new OllamaExpiry(century);
  endless.requestEnded(6 * MINUTE);
  endless.seen(century + 6 * MINUTE);
  t.equal(endless.leftMs(6 * MINUTE), undefined);
  t.end();
});

t.test('its time is over once it would have gone without us', (t) => {
  const expiry = used();
  expiry.requestEnded(12 * MINUTE);
  expiry.seen(17 * MINUTE);
  t.equal(expiry.leftMs(12 * MINUTE), 0);
  t.end();
});

t.test("somebody else's later use counts, with their session or with another", (t) => {
  const expiry = used();
  expiry.seen(12 * MINUTE);
  t.equal(expiry.leftMs(8 * MINUTE), undefined, 'theirs is what it shows');
  expiry.requestEnded(9 * MINUTE);
  expiry.seen(14 * MINUTE);
  t.equal(expiry.leftMs(9 * MINUTE), 3 * MINUTE, 'back to theirs after one more of ours');
  expiry.seen(40 * MINUTE);
  t.equal(expiry.leftMs(9 * MINUTE), undefined);
  t.end();
});

t.test('where our requests cannot be told from others, it is set back but never to nothing', (t) => {
  const expiry = new OllamaExpiry(10 * MINUTE);
  expiry.seen(11 * MINUTE);
  t.equal(expiry.leftMs(6 * MINUTE), 4 * MINUTE);
  t.equal(expiry.leftMs(12 * MINUTE), undefined);
  t.end();
});
