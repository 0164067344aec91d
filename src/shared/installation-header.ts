/** Of every answer of an agent: which installation gives it. What is kept of another one is not its own. */
export const INSTALLATION_HEADER = 'typhon-installation';
