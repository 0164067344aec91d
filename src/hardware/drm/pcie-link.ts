/** PCI Express link speeds as the kernel writes them. */

// Transfer rates of the generations, PCI-SIG base specifications 1.0 to 7.0.
const gigatransfers: ReadonlyMap<number, number> = new Map([
  [2.5, 1],
  [5, 2],
  [8, 3],
  [16, 4],
  [32, 5],
  [64, 6],
  [128, 7],
]);

/** Generation of a `*_link_speed` file's text, e.g. 4 for `16.0 GT/s PCIe`; `undefined` for `Unknown` or nothing. */
export function linkGeneration(speed: string | undefined): number | undefined {
  const match = /^(\d+(?:\.\d+)?) GT\/s/.exec(speed ?? '');
  return match?.[1] === undefined ? undefined : gigatransfers.get(Number(match[1]));
}
