/**
 * What an exporter takes that does nothing: koa and prom-client as they come, the metrics of Node.js itself, one page. What
 * typhon's agent takes is held against it.
 */
import Koa from 'koa';
import { collectDefaultMetrics, register } from 'prom-client';

collectDefaultMetrics();
const app = new Koa();
app.use(async (context) => {
  context.type = register.contentType;
  context.body = await register.metrics();
});
app.listen(Number(process.argv[2]), '127.0.0.1');
