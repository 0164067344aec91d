/** Words and colours instead of numbers. */
import { MappingType, type ValueMapping, type ValueMappingResult } from '@grafana/grafana-foundation-sdk/dashboard';

/** `results` by the value that each stands for. */
export function valueMappings(results: Readonly<Record<string, ValueMappingResult>>): ValueMapping[] {
  const indexed = Object.entries(results).map(([value, result], index) => [value, { ...result, index }] as const);
  return [{ type: MappingType.ValueToText, options: Object.fromEntries(indexed) }];
}
