/**
 * The sum over all label sets of one metric in Prometheus text format, or over those with `label` (`name="value"`) alone;
 * `undefined` where there is none.
 * Source: https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export function sumOfMetric(text: string, name: string, label = ''): number | undefined {
  let sum: number | undefined;
  for (const line of text.split('\n')) {
    if (!line.startsWith(name)) continue;
    const rest = line.slice(name.length);
    // Anything but a label set or a space continues a longer metric name.
    const labels = rest.startsWith('{') ? rest.slice(0, rest.lastIndexOf('}') + 1) : '';
    const value = rest.slice(labels.length);
    if (!labels.includes(label)) continue;
    if (!/^\s/.test(value)) continue;
    const figure = Number(value.trim().split(/\s+/)[0]);
    if (Number.isFinite(figure)) sum = (sum ?? 0) + figure;
  }
  return sum;
}
