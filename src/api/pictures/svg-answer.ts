/** How a picture is answered: for READMEs and dashboards, which fetch it again and again. */
import { createHash } from 'node:crypto';
import type { Context } from 'koa';

export const SVG = 'image/svg+xml';
const CACHED_S = 60;

/** With a tag, so that an unchanged one is not sent again. */
export function answerSvg(svg: string, context: Context): void {
  context.set({
    'cache-control': `max-age=${CACHED_S}`,
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
  });
  context.type = SVG;
  context.status = 200;
  context.etag = createHash('sha256').update(svg).digest('base64url').slice(0, 16);
  if (context.fresh) context.status = 304;
  else context.body = svg;
}
