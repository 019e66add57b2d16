// Markdown to HTML text, and the growing answer cut into blocks. No DOM here; prose.js sanitises what this makes.

/** @import { Token, Tokens, TokensList } from "marked" */
import { Lexer, Marked, Parser } from "marked";
import { highlighted } from "./highlight.js";

/** @typedef {{html: string, raw: string}} Block */

/** @type {Record<string, string>} */
const NAMES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
/** Headings of a message stand below those of the page. */
const BELOW = 2;

/** @param {string} text @returns {string} */
export const escape = (text) => text.replace(/[&<>"']/g, (sign) => NAMES[sign]);

/** @param {string} address @returns {boolean} a link that a message may carry */
export const allowed = (address) => /^(https?:\/\/|mailto:)/i.test(address);

/** @param {boolean} colour whether code is highlighted: only once it is whole */
function marker(colour) {
  return new Marked({
    gfm: true,
    renderer: {
      html: ({ text }) => escape(text),
      image: ({ href, text }) => link(href, escape(text || href)),
      link({ href, tokens }) {
        return link(href, this.parser.parseInline(tokens));
      },
      heading({ tokens, depth }) {
        const level = Math.min(6, depth + BELOW);
        return `<h${level}>${this.parser.parseInline(tokens)}</h${level}>`;
      },
      checkbox: ({ checked }) => (checked ? "☑ " : "☐ "),
      table(token) {
        const row = (/** @type {Tokens.TableCell[]} */ cells) => `<tr>${cells.map((cell) => this.tablecell(cell)).join("")}</tr>`;
        const body = token.rows.map(row).join("");
        return `<div class="tbl" tabindex="0" role="group" aria-label="Table"><table><thead>${row(token.header)}</thead><tbody>${body}</tbody></table></div>`;
      },
      code: ({ text, lang }) => codeBlock(text, lang ?? "", colour),
    },
  });
}

const MARKERS = { whole: marker(true), growing: marker(false) };

/** @param {string} href @param {string} inner HTML */
function link(href, inner) {
  if (!allowed(href)) return inner;
  return `<a href="${escape(href)}" target="_blank" rel="noopener noreferrer nofollow">${inner}</a>`;
}

/** @param {string} text @param {string} info @param {boolean} colour */
function codeBlock(text, info, colour) {
  const language = info.trim().split(/\s+/, 1)[0];
  const name = escape(language || "text");
  const inner = (colour && language && highlighted(text, language)) || escape(text);
  return `<div class="code"><header><span>${name}</span></header><pre tabindex="0" aria-label="Code, ${name}"><code>${inner}</code></pre></div>`;
}

/**
 * @param {Token[]} tokens @param {boolean} whole
 * @returns {string}
 */
function toHtml(tokens, whole) {
  const { defaults } = MARKERS[whole ? "whole" : "growing"];
  return /** @type {string} */ (Parser.parse(tokens, defaults));
}

/** @param {string} text @param {TokensList["links"]} links @returns {TokensList} */
function lex(text, links) {
  const lexer = new Lexer(MARKERS.whole.defaults);
  Object.assign(lexer.tokens.links, links);
  return lexer.lex(text);
}

/** @param {string} text */
const straight = (text) => (text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text);

/**
 * A growing text as blocks. All but the last are frozen: only what follows them is lexed again.
 */
export class Growing {
  /** @type {Block[]} */ #frozen = [];
  /** @type {TokensList["links"]} */ #links = {};
  #start = 0;
  #text = "";

  /**
   * @param {string} said the whole text so far
   * @returns {{frozen: readonly Block[], tail: Block | null}}  `frozen` is a new array only when a block was added
   */
  update(said) {
    const text = straight(said);
    if (!text.startsWith(this.#text.slice(0, this.#start))) this.#reset();
    this.#text = text;
    const tokens = lex(text.slice(this.#start), this.#links);
    Object.assign(this.#links, tokens.links);
    const open = tokens.findLastIndex((token) => token.type !== "space");
    this.#freeze(tokens.slice(0, Math.max(0, open)));
    const rest = tokens.slice(Math.max(0, open));
    const tail = rest.length ? { html: toHtml(rest, false), raw: rest.map((token) => token.raw).join("") } : null;
    return { frozen: this.#frozen, tail };
  }

  /** @param {Token[]} tokens */
  #freeze(tokens) {
    if (!tokens.length) return;
    this.#start += tokens.reduce((sum, token) => sum + token.raw.length, 0);
    this.#frozen = [...this.#frozen, ...tokens.filter((token) => token.type !== "space").map(blockOf)];
  }

  /**
   * The blocks of the text now that it is final. It is lexed once more: a link definition at its end counts for all of
   * it, and what was frozen may belong together with what came after. Blocks that are the same stay the same objects.
   * @param {string} said
   * @returns {Block[]}
   */
  finish(said) {
    const tokens = lex(straight(said), {});
    const known = Object.keys(tokens.links).length ? [] : this.#frozen;
    return tokens.filter((token) => token.type !== "space")
      .map((token, at) => (known[at]?.raw === token.raw ? known[at] : blockOf(token)));
  }

  #reset() {
    this.#frozen = [];
    this.#links = {};
    this.#start = 0;
  }
}

/** @param {Token} token @returns {Block} */
const blockOf = (token) => ({ html: toHtml([token], true), raw: token.raw });

/** @param {string} text that did not grow here @returns {Block[]} */
export const finished = (text) => new Growing().finish(text);
