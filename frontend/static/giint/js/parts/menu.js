// A button with a list that floats: arrows, Home, End, Enter and Esc, as the ARIA patterns have them.

import { Component } from "preact";
import { html } from "../html.js";

/** @typedef {{label: any, act: () => void, kind?: string, chosen?: boolean, disabled?: boolean, name?: string}} Item */
/** @typedef {{label: string, face: any, items: Item[], kind?: string, role?: "menu" | "listbox", place?: string, title?: string}} Props */

export class Menu extends Component {
  state = { open: false };
  /** @type {HTMLElement | null} */
  root = null;

  componentDidMount() {
    document.addEventListener("pointerdown", this.outside);
  }

  componentWillUnmount() {
    document.removeEventListener("pointerdown", this.outside);
  }

  /** @param {Event} event */
  outside = (event) => {
    if (this.state.open && !this.root?.contains(/** @type {Node} */ (event.target))) this.setState({ open: false });
  };

  /** @param {boolean} open @param {boolean} [focusBack] */
  show(open, focusBack = true) {
    this.setState({ open }, () => {
      if (open) (this.#options().find((item) => item.ariaSelected === "true") ?? this.#options()[0])?.focus();
      else if (focusBack) this.root?.querySelector("button")?.focus();
    });
  }

  /** @returns {HTMLElement[]} */
  #options() {
    return [.../** @type {NodeListOf<HTMLElement>} */ (this.root?.querySelectorAll(".opt:not([disabled])") ?? [])];
  }

  /** @param {KeyboardEvent} event */
  key = (event) => {
    if (!this.state.open) return;
    const options = this.#options();
    const at = options.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    /** @type {Record<string, () => void>} */
    const keys = {
      ArrowDown: () => options[(at + 1) % options.length]?.focus(),
      ArrowUp: () => options[(at - 1 + options.length) % options.length]?.focus(),
      Home: () => options[0]?.focus(),
      End: () => options.at(-1)?.focus(),
      Escape: () => this.show(false),
      Tab: () => this.show(false, false),
    };
    const act = keys[event.key];
    if (!act) return;
    act();
    event.stopPropagation();
    if (event.key !== "Tab") event.preventDefault();
  };

  /** @param {Item} item */
  choose(item) {
    this.show(false);
    item.act();
  }

  /** @param {Props} props */
  render({ label, face, items, kind = "quiet icon", role = "menu", place = "below", title = label }) {
    const { open } = this.state;
    return html`<span class="pop" ref=${(/** @type {HTMLElement | null} */ element) => { this.root = element; }} onKeyDown=${this.key}>
      <button type="button" class="btn ${kind}" aria-label=${label} title=${title} aria-haspopup=${role} aria-expanded=${open}
        onClick=${() => this.show(!open)}>${face}</button>
      ${open && html`<div class="menu ${place}" role=${role} aria-label=${label}>${items.map((item) => this.option(item, role))}</div>`}
    </span>`;
  }

  /** @param {Item} item @param {string} role */
  option(item, role) {
    const selected = role === "listbox" ? { "aria-selected": String(Boolean(item.chosen)) } : {};
    return html`<button type="button" class="opt ${item.kind ?? ""}" role=${role === "menu" ? "menuitem" : "option"} tabindex="-1"
      disabled=${item.disabled} aria-label=${item.name} ...${selected} onClick=${() => this.choose(item)}>${item.label}</button>`;
  }
}
