/** Figures as people read them, on the page and on a terminal alike; a dash for what is unknown. */
export const UNKNOWN = '–';

export type Known = number | null | undefined;

/** What a figure is measured in, as results and rows of the chronicle have it. */
export type Unit = 'tokens/s' | 'tokens' | 's' | 'ratio' | 'MiB' | '°C' | 'W' | '%' | 'J';

const formats: Readonly<Record<Unit, (value: Known) => string>> = {
  'tokens/s': speed,
  tokens: count,
  s: latency,
  ratio: (value) => formatKnown(value, (ratio) => ratio.toFixed(3)),
  MiB: memory,
  '°C': celsius,
  W: watts,
  '%': percent,
  J: joules,
};

/** With its unit, except for tokens, tokens per second and ratios, whose unit is said beside them. */
export function figureText(value: Known, unit: Unit): string {
  return formats[unit](value);
}

export function formatKnown(value: Known, format: (value: number) => string): string {
  return value === null || value === undefined ? UNKNOWN : format(value);
}

const MIB_PER_GIB = 1024;

/** Tokens per second with three significant digits, but never fewer than the whole ones. */
export function speed(value: Known): string {
  return formatKnown(value, (tokens) => {
    if (tokens >= 100) return count(tokens);
    return tokens.toFixed(tokens >= 10 ? 1 : 2);
  });
}

/** Of seconds: `4.2 ms`, `118 ms`, `1.42 s`, `12.3 s`. */
export function latency(value: Known): string {
  return formatKnown(value, (seconds) => {
    if (seconds >= 1) return `${seconds.toFixed(seconds >= 10 ? 1 : 2)} s`;
    return `${(seconds * 1000).toFixed(seconds >= 0.1 ? 0 : 1)} ms`;
  });
}

/** Of MiB. */
export function memory(value: Known): string {
  return formatKnown(value, (mib) =>
    mib >= MIB_PER_GIB ? `${(mib / MIB_PER_GIB).toFixed(1)} GiB` : `${Math.round(mib)} MiB`,
  );
}

/** `71 °C`; unknown is `–`. */
export function celsius(value: Known): string {
  return formatKnown(value, (degrees) => `${Math.round(degrees)} °C`);
}

export function watts(value: Known): string {
  return formatKnown(value, (power) => `${Math.round(power)} W`);
}

export function joules(value: Known): string {
  return formatKnown(value, (energy) => `${energy.toFixed(energy >= 10 ? 1 : 2)} J`);
}

export function percent(value: Known): string {
  return formatKnown(value, (share) => `${Math.round(share)} %`);
}

/** Of a ratio less 1: `+3.2 %`, `−12 %`, with a true minus. */
export function change(value: Known): string {
  return formatKnown(value, (ratio) => {
    const size = Math.abs(ratio * 100);
    const points = size.toFixed(size < 9.95 ? 1 : 0);
    if (points === '0.0') return '±0.0 %';
    return `${ratio < 0 ? '−' : '+'}${points} %`;
  });
}

/**
 * Rounded, with its thousands set apart: `12,346`. By hand: loading a locale's rules costs a short command more than
 * all else that it prints.
 */
export function count(value: Known): string {
  return formatKnown(value, (number) =>
    Math.round(number)
      .toString()
      .replace(/\B(?=(?:\d{3})+$)/g, ','),
  );
}

/** Of money or grams: two digits, and whole where they are many. */
export function amount(value: Known): string {
  return formatKnown(value, (some) => (some >= 10 ? some.toFixed(0) : some.toPrecision(2)));
}
