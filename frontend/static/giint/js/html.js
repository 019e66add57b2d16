// htm bound to Preact, and the smallest parts: icons, tiles, a component that is drawn again only for other props.

/** @import { FunctionComponent } from "preact" */
import htm from "htm";
import { Component, h } from "preact";

export const html = /** @type {(strings: TemplateStringsArray, ...values: any[]) => any} */ (/** @type {any} */ (htm).bind(h));

/** @param {unknown} a @param {unknown} b */
function same(a, b) {
  if (Object.is(a, b)) return true;
  return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((value, at) => Object.is(value, b[at]));
}

/**
 * The component, drawn again only when a prop is another value (arrays: another element).
 * @template {object} P
 * @param {FunctionComponent<P>} draw
 */
export function memo(draw) {
  return class extends Component {
    /** @param {Readonly<Record<string, unknown>>} next */
    shouldComponentUpdate(next) {
      const props = /** @type {Record<string, unknown>} */ (this.props);
      return Object.keys({ ...props, ...next }).some((key) => !same(props[key], next[key]));
    }

    render() {
      return h(draw, /** @type {any} */ (this.props));
    }
  };
}

/** @returns {string} the address of the sprite */
const sprite = () => document.body.dataset.icons ?? "";

/** @param {{name: string, small?: boolean, kind?: string}} props */
export function Icon({ name, small = false, kind = "" }) {
  return html`<svg class="i ${small ? "s" : ""} ${kind}" aria-hidden="true"><use href="${sprite()}#i-${name}" /></svg>`;
}

/** @param {{letters: string, tile: number, person?: boolean, small?: boolean}} props */
export function Tile({ letters, tile, person = false, small = false }) {
  return html`<span class="tile a${tile} ${person ? "person" : ""} ${small ? "s" : ""}" aria-hidden="true">${letters}</span>`;
}

/** @param {{name: string, label: string, onClick: (event: MouseEvent) => void, kind?: string, title?: string, small?: boolean}} props */
export function IconButton({ name, label, onClick, kind = "quiet", title = label, small = false }) {
  return html`<button type="button" class="btn icon ${kind}" aria-label=${label} title=${title} onClick=${onClick}>
    <${Icon} name=${name} small=${small} /></button>`;
}
