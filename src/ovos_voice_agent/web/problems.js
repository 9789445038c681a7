/** What can stand in the way, each with what happened and what to do. */

/** @typedef {import("./types.js").Problem} Problem */

/** @type {Record<string, Problem>} */
const MICROPHONE = {
  NotAllowedError: {
    kind: "microphone-refused",
    title: "The browser may not use the microphone.",
    advice: "Allow it in the address bar (the lock or microphone sign), then try again. You can type in the meantime.",
    action: "microphone",
  },
  NotFoundError: {
    kind: "microphone-missing",
    title: "No microphone was found.",
    advice: "Plug one in and try again. You can type in the meantime.",
    action: "microphone",
  },
  OverconstrainedError: {
    kind: "microphone-gone",
    title: "The chosen microphone is not there any more.",
    advice: "Choose another one in the settings, or try again with the system's own.",
    action: "settings",
  },
  NotReadableError: {
    kind: "microphone-busy",
    title: "The microphone does not answer.",
    advice: "Another program may be using it. Close that program and try again. You can type in the meantime.",
    action: "microphone",
  },
  TypeError: {
    kind: "microphone-insecure",
    title: "The browser gives no microphone to this address.",
    advice: "Open the page as http://localhost on the server's own machine, or over https. Typing works here as well.",
  },
};

/** @param {unknown} error of getUserMedia @returns {Problem} */
export function microphoneProblem(error) {
  const name = error instanceof Error ? error.name : "";
  return MICROPHONE[name] ?? /** @type {Problem} */ (MICROPHONE.NotReadableError);
}

/** @type {Problem} */
export const LOST_MICROPHONE = {
  kind: "microphone-lost",
  title: "The microphone was unplugged or taken away.",
  advice: "Plug it in, or choose another one, and try again. You can type in the meantime.",
  action: "microphone",
};

/** @type {Problem} */
export const SOUND_ASLEEP = {
  kind: "asleep",
  title: "The browser has put this page to sleep.",
  advice: "Nothing is heard or played until you press Go on.",
  action: "resume",
};

/** @param {number} seconds @returns {Problem} */
export const slept = (seconds) => ({
  kind: "slept",
  title: `This tab was asleep for ${Math.round(seconds)} seconds.`,
  advice: "What was said in that time was not heard. The conversation goes on.",
  passing: true,
});

/** @type {Problem} */
const GONE = {
  kind: "gone",
  title: "The server does not answer.",
  advice: "Is it running? The page tries again by itself, and the conversation goes on.",
  action: "retry",
  passing: true,
};

/** @type {Record<number, Problem>} */
const REFUSED = {
  403: {
    kind: "forbidden",
    title: "The server does not let this page in.",
    advice: "The key is known but may not open sessions, or the server allows other addresses only.",
    action: "key",
  },
  404: {
    kind: "model",
    title: "The server does not know this model.",
    advice: "Choose another one in the settings, or leave the choice to the server.",
    action: "settings",
  },
  429: {
    kind: "full",
    title: "The server has as many conversations as it takes.",
    advice: "The page tries again by itself.",
    action: "retry",
    passing: true,
  },
  503: {
    kind: "starting",
    title: "The server is still starting.",
    advice: "It loads its engines; the page connects as soon as it can.",
    passing: true,
  },
};

/** @param {string} key that was refused, or "" @returns {Problem} */
const unauthorised = (key) => ({
  kind: key ? "key-wrong" : "key-wanted",
  title: key ? "The server does not take this key." : "This server wants a key.",
  advice: "Ask whoever runs the server for one, and enter it here. It is kept in this browser tab only.",
  action: "key",
});

/** @type {Problem} */
const UNEXPLAINED = {
  kind: "refused",
  title: "The server answers, but opens no session.",
  advice: "It may have as many conversations as it takes. The page tries again by itself.",
  action: "retry",
  passing: true,
};

/** All kinds that are over once the page is connected. */
export const OF_CONNECTING = [
  ...["key-wrong", "key-wanted", "gone", "refused", "idle", "ended", "forbidden", "model", "full", "starting"],
];

/**
 * Asks over HTTP why a connection was refused: a browser tells a page nothing about a failed WebSocket.
 * @param {string} key @param {string | null} model that was asked for @returns {Promise<Problem>}
 */
export async function probe(key, model) {
  /** @type {HeadersInit} */
  const headers = key ? { Authorization: `Bearer ${key}` } : {};
  const ready = await fetch("ready", { cache: "no-store" }).catch(() => null);
  const models = await fetch("v1/models", { headers, cache: "no-store" }).catch(() => null);
  if (!ready || !models) return GONE;
  if (models.status === 401) return unauthorised(key);
  const refused = REFUSED[ready.status === 503 ? 503 : models.status];
  if (refused) return refused;
  const { data = [] } = models.ok ? await models.json() : {};
  const unknown = model && !data.some((/** @type {{id: string}} */ known) => known.id === model);
  return unknown ? /** @type {Problem} */ (REFUSED[404]) : UNEXPLAINED;
}
