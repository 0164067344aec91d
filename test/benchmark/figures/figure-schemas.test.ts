import t from 'tap';
import * as z from 'zod';
import { gpuFigureShape, testFigureShape } from '../../../src/benchmark/figures/figure-schemas.js';

t.test('a figure is a number or unknown, a count a whole one, an interval two', async (t) => {
  const { avg_tps, prompt_tokens, ci95_tps } = testFigureShape;
  for (const schema of [avg_tps, prompt_tokens, ci95_tps]) t.equal(schema.parse(null), null);
  t.equal(avg_tps.parse(82.5), 82.5);
  t.notOk(avg_tps.safeParse('82.5').success);
  t.notOk(prompt_tokens.safeParse(38.5).success);
  t.same(ci95_tps.parse([80, 85]), [80, 85]);
  t.notOk(ci95_tps.safeParse([80]).success);
});

t.test('a figure that was added later is unknown in the results of older versions; no other may lack', async (t) => {
  const { start_temp_c, peak_temp_c } = gpuFigureShape;
  t.same(z.object({ start_temp_c }).parse({}), { start_temp_c: null });
  t.notOk(z.object({ peak_temp_c }).safeParse({}).success);
});
