// The second wall: what markdown.js made becomes nodes only through this list. Model output is hostile.
import DOMPurify from "dompurify";
import { allowed } from "./markdown.js";

const RULES = {
  ALLOWED_TAGS: [
    "p", "br", "hr", "strong", "em", "del", "a", "ul", "ol", "li", "blockquote", "pre", "code", "span", "h3", "h4",
    "h5", "h6", "table", "thead", "tbody", "tr", "th", "td", "div", "header",
  ],
  ALLOWED_ATTR: ["href", "target", "rel", "class", "start", "align", "tabindex", "role", "aria-label"],
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
  RETURN_DOM_FRAGMENT: /** @type {true} */ (true),
};

DOMPurify.addHook("uponSanitizeAttribute", (_, attribute) => {
  if (attribute.attrName === "href" && !allowed(attribute.attrValue)) attribute.keepAttr = false;
});

/** @param {string} html @returns {DocumentFragment} */
export function sanitised(html) {
  return DOMPurify.sanitize(html, RULES);
}
