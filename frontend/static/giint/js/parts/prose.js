// A message's text: finished blocks are drawn once and left alone, the last one grows.

/** @import { Block } from "../markdown.js" */
import { Component } from "preact";
import { html, memo } from "../html.js";
import { Growing } from "../markdown.js";
import { sanitised } from "../sanitise.js";

/** Blocks are handed to Preact in groups: it compares a few groups, not a thousand blocks. */
const GROUP = 8;

/** One block, made of sanitised nodes rather than of text. */
class BlockView extends Component {
  /** @param {{html: string, growing?: boolean}} next */
  shouldComponentUpdate(next) {
    return next.html !== /** @type {{html: string}} */ (this.props).html;
  }

  componentDidMount() {
    this.fill();
  }

  componentDidUpdate() {
    this.fill();
  }

  fill() {
    const nodes = sanitised(/** @type {{html: string}} */ (this.props).html);
    for (const header of nodes.querySelectorAll(".code > header")) header.append(copyButton());
    /** @type {Element} */ (this.element).replaceChildren(nodes);
  }

  /** @param {{growing?: boolean}} props */
  render({ growing = false }) {
    return html`<div class="block ${growing ? "growing" : ""}" ref=${(/** @type {Element} */ element) => { this.element = element; }}></div>`;
  }
}

function copyButton() {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn quiet xs";
  button.dataset.copy = "code";
  button.textContent = "Copy";
  button.setAttribute("aria-label", "Copy code");
  return button;
}

const Group = memo((/** @type {{blocks: Block[]}} */ { blocks }) =>
  html`<div class="done ${blocks.length === GROUP ? "full" : ""}">${blocks.map((block, at) => html`<${BlockView} key=${at} html=${block.html} />`)}</div>`);

/** @param {readonly Block[]} blocks @returns {Block[][]} */
function grouped(blocks) {
  const groups = [];
  for (let at = 0; at < blocks.length; at += GROUP) groups.push(blocks.slice(at, at + GROUP));
  return groups;
}

/**
 * Text as it grows; once `live` ends, its blocks are made again from the whole text.
 */
export class Prose extends Component {
  growing = new Growing();
  /** @type {{text: string, blocks: Block[]} | null} */
  whole = null;

  /** @param {{text: string, live: boolean}} next */
  shouldComponentUpdate(next) {
    const { text, live } = /** @type {{text: string, live: boolean}} */ (this.props);
    return next.text !== text || next.live !== live;
  }

  /** @param {string} text @returns {Block[]} */
  finished(text) {
    if (this.whole?.text !== text) this.whole = { text, blocks: this.growing.finish(text) };
    return this.whole.blocks;
  }

  /** @param {{text: string, live: boolean}} props */
  render({ text, live }) {
    const { frozen, tail } = live ? this.growing.update(text) : { frozen: this.finished(text), tail: null };
    return html`<div class="prose" dir="auto">
      ${grouped(frozen).map((blocks, at) => html`<${Group} key=${at} blocks=${blocks} />`)}
      ${tail && html`<${BlockView} key="tail" growing html=${tail.html} />`}
      ${live && !tail && html`<span class="caret" aria-hidden="true"></span>`}</div>`;
  }
}
