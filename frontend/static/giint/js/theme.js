// Light and dark: what the root element shows, and what the next page begins with.

const KEY = "giint.theme";

/** @param {string} theme "system", "light" or "dark" */
export function showTheme(theme) {
  const root = document.documentElement;
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  else delete root.dataset.theme;
  try {
    if (theme === "system") localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, theme);
  } catch {
    // Storage can be blocked: the choice holds for this page.
  }
}

/** @returns {"light" | "dark"} the other one than is seen now */
export function otherTheme() {
  const chosen = document.documentElement.dataset.theme;
  const dark = chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme:dark)").matches;
  return dark ? "light" : "dark";
}
