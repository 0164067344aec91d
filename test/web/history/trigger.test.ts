import t from 'tap';
import { triggerWords } from '../../../src/web/history/trigger.js';

t.test('says who started a job', async (t) => {
  t.same(['api', 'cli', 'schedule:nightly', 'schedule:a:b', 'moon'].map(triggerWords), [
    'the page or the API',
    'typhon run',
    'schedule nightly',
    'schedule a:b',
    'moon',
  ]);
});
