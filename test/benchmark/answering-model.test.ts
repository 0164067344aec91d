import t from 'tap';
import { AnsweringModel } from '../../src/benchmark/answering-model.js';

t.test('the first name stands for the run; an answer without one is believed', async (t) => {
  const answering = new AnsweringModel();
  t.equal(answering.meet(undefined), undefined);
  t.equal(answering.meet('quiet-7b'), undefined);
  t.equal(answering.meet('quiet-7b'), undefined);
  t.equal(answering.meet(undefined), undefined);
  t.same(answering.meet('loud-70b'), {
    success: false,
    error: 'model_not_found',
    error_detail: 'the answer came from loud-70b, the first one of this run from quiet-7b',
  });
});
