/** What a server found by discovery is called as a target. */
export const DISCOVERED_TARGET = 'local';
