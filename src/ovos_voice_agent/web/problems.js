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
  const name = /** @type {{name?: string} | null} */ (error)?.name ?? "";
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

/** @typedef {{status: number, message?: string}} Refusal why the server opened no session (`web/why.json`) */

/** By status. @type {Record<number, (refusal: Refusal, key: string) => Problem>} */
const REFUSED = {
  401: (_, key) => ({
    kind: key ? "key-wrong" : "key-wanted",
    title: key ? "The server does not take this key." : "This server wants a key.",
    advice: "Ask whoever runs the server for one, and enter it here. It is kept in this browser tab only.",
    action: "key",
  }),
  403: ({ message }) => ({
    kind: "forbidden",
    title: "The server does not let this page in.",
    advice: `${message ?? ""} Enter a key that may open sessions, or open the page at the server's own address.`.trim(),
    action: "key",
  }),
  404: () => ({
    kind: "model",
    title: "The server does not know this model.",
    advice: "Choose another one in the settings, or leave the choice to the server.",
    action: "settings",
  }),
  429: ({ message }) => ({
    kind: "full",
    title: "The server takes no further conversation now.",
    advice: `${message ?? ""} The page tries again by itself.`.trim(),
    action: "retry",
    passing: true,
  }),
  503: ({ message }) => ({
    kind: "starting",
    title: "The server is not ready.",
    advice: `${message ?? "It loads its engines."} The page connects as soon as it can.`,
    action: "retry",
    passing: true,
  }),
};

/** @param {Refusal} refusal @returns {Problem} */
const unexplained = ({ message }) => ({
  kind: "refused",
  title: "The server answers, but opened no session.",
  advice: `${message ?? "Something in between may not let WebSockets through."} The page tries again by itself.`,
  action: "retry",
  passing: true,
});

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
  const query = model ? `?${new URLSearchParams({ model })}` : "";
  const answer = await fetch(`web/why.json${query}`, { headers, cache: "no-store" }).catch(() => null);
  if (!answer) return GONE;
  /** @type {Refusal} */
  const refusal = answer.ok ? await answer.json() : { status: answer.status };
  return (REFUSED[refusal.status] ?? unexplained)(refusal, key);
}
