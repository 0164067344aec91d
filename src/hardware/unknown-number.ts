/** Arithmetic in which an unknown number makes an unknown result. */

type Unknown = number | undefined;

export function added(a: Unknown, b: Unknown): Unknown {
  return a === undefined || b === undefined ? undefined : a + b;
}

export function subtracted(a: Unknown, b: Unknown): Unknown {
  return a === undefined || b === undefined ? undefined : a - b;
}

export function multiplied(value: Unknown, factor: number): Unknown {
  return value === undefined ? undefined : value * factor;
}

/** Unlike multiplying by the inverse this gives 0.95 for 95 / 100. */
export function divided(value: Unknown, divisor: number): Unknown {
  return value === undefined ? undefined : value / divisor;
}
