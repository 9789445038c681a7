/** Functions that the assistant may call in this page: few, safe, and seen at once, to show what function calls do. */

import { setTheme } from "./theme.js";

/** @typedef {import("./types.js").Tool} Tool */
/** @typedef {Tool & {label: string, run: (args: Record<string, unknown>) => unknown}} PageTool */

const NOTHING = { type: "object", properties: {} };

/** @type {PageTool[]} */
export const TOOLS = [
  {
    type: "function",
    name: "get_local_time",
    label: "Local time",
    description: "The local date and time, and the time zone, where the person sits.",
    parameters: NOTHING,
    run: () => ({
      date: new Date().toLocaleDateString("en", { weekday: "long", day: "numeric", month: "long", year: "numeric" }),
      time: new Date().toLocaleTimeString("en", { hour: "numeric", minute: "2-digit" }),
      time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    }),
  },
  {
    type: "function",
    name: "set_page_theme",
    label: "Page theme",
    description: "Change the page's theme (its colours) to light, dark or as the system has it.",
    parameters: {
      type: "object",
      properties: { theme: { type: "string", enum: ["light", "dark", "auto"], description: "the theme wanted" } },
      required: ["theme"],
    },
    run: ({ theme }) => {
      if (theme !== "light" && theme !== "dark" && theme !== "auto") return { error: "theme is light, dark or auto" };
      setTheme(theme);
      return { theme };
    },
  },
  {
    type: "function",
    name: "get_screen_size",
    label: "Screen size",
    description: "Width and height of the page's window in pixels.",
    parameters: NOTHING,
    run: () => ({ width: innerWidth, height: innerHeight }),
  },
];

/** @param {string[]} names switched on @returns {Tool[]} as the session is told of them */
export const offered = (names) =>
  TOOLS.filter((tool) => names.includes(tool.name)).map(({ type, name, description, parameters }) => ({
    ...{ type, name, description, parameters },
  }));

/** @param {string} name @param {string} json of the arguments @returns {string} JSON for the assistant, an error included */
export function run(name, json) {
  const tool = TOOLS.find((known) => known.name === name);
  try {
    return JSON.stringify(tool ? tool.run(JSON.parse(json || "{}")) : { error: `no function ${name} in this page` });
  } catch (error) {
    return JSON.stringify({ error: String(error) });
  }
}
