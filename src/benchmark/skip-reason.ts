/** Reasons for which a test was not begun that somebody else than a reader goes by; the others are sentences. */

/** The server went away during the run and did not come back. */
export const SERVER_DOWN = 'server_down';

/** The model is not in memory any more. */
export const MODEL_NOT_LOADED = 'model_not_loaded';
