/** Why it cannot be told whether somebody uses a server, in words. */
export const unknownUse = {
  elsewhere: 'the server has no signal for it and runs on another machine',
  unseen: 'the server has no signal for it, and its process cannot be seen',
  silent: 'the server did not answer when it was asked',
} as const;
