// The account pages: plain forms, and a switch between light and dark.
import { otherTheme, showTheme } from "./theme.js";

for (const button of document.querySelectorAll("[data-theme-switch]")) {
  button.addEventListener("click", () => showTheme(otherTheme()));
}
