/** Light, dark, or as the system says; remembered. */

import { byId } from "./dom.js";

const NAME = "ovos-voice-agent.theme";
const THEMES = ["auto", "light", "dark"];
const WORDS = /** @type {Record<string, string>} */ ({ auto: "as the system", light: "light", dark: "dark" });

/** @param {string} theme one of auto, light, dark */
export function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  localStorage.setItem(NAME, theme);
  const button = byId("theme", HTMLButtonElement);
  button.setAttribute("aria-label", `Colours: ${WORDS[theme]}. Change`);
  button.title = `Colours: ${WORDS[theme]}`;
  document.dispatchEvent(new Event("theme"));
}

export function startTheme() {
  const kept = localStorage.getItem(NAME) ?? "auto";
  setTheme(THEMES.includes(kept) ? kept : "auto");
  byId("theme", HTMLButtonElement).onclick = () => {
    const now = THEMES.indexOf(document.documentElement.dataset.theme ?? "auto");
    setTheme(/** @type {string} */ (THEMES[(now + 1) % THEMES.length]));
  };
}
