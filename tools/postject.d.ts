declare module 'postject' {
  /** Puts data into a program's file under a name that the program finds it by. */
  export function inject(
    file: string,
    name: string,
    data: Buffer,
    options: { readonly sentinelFuse: string; readonly machoSegmentName?: string },
  ): Promise<void>;
}
