import * as z from 'zod';
import { configSchema } from './schema.js';

/** The JSON Schema of the configuration file for editors, as text; `config/typhon.schema.json` holds it. */
export function configJsonSchema(): string {
  const { $schema, ...schema } = z.toJSONSchema(configSchema, { io: 'input' });
  const title = 'typhon configuration';
  return `${JSON.stringify({ $schema, title, ...schema }, undefined, 2)}\n`;
}
