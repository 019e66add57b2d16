// Colours for code. Highlighting is for what a person reads: beyond 50,000 characters it only costs.
import hljs from "@highlightjs/cdn-assets/es/highlight.min.js";

const LONGEST = 50_000;

/** @param {string} code @param {string} language @returns {string} HTML, or "" when there is nothing to colour */
export function highlighted(code, language) {
  if (code.length > LONGEST || !hljs.getLanguage(language)) return "";
  return hljs.highlight(code, { language, ignoreIllegals: true }).value;
}
