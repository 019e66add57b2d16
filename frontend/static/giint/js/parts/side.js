// The side window: three tabs beside the chat, as wide as its person wants it. Where it lies over the chat it is a dialog.

/** @import { Session } from "../session.js" */
/** @import { Tab } from "../side_values.js" */
import { Component } from "preact";
import { html, IconButton } from "../html.js";
import { badgeOf, fitting, liveOf, tabAfter, TABS, WIDTH, widthAfter } from "../side_values.js";
import { Badge } from "./chat.js";
import { SideConsole } from "./side_console.js";
import { SideOutputs } from "./side_outputs.js";
import { SideTranscripts } from "./side_transcripts.js";

/** @typedef {{session: Session}} Props */

/** @type {Record<Tab, any>} */
const PANELS = { transcripts: SideTranscripts, tool_outputs: SideOutputs, console: SideConsole };

const isRtl = () => document.documentElement.dir === "rtl";
const FOCUSABLE = "a[href], button:not([disabled]), input, textarea, select, summary, [tabindex='0']";

export class Side extends Component {
  /** @type {HTMLElement | null} */ box = null;
  /** What had the focus before: it gets it back. Asked for here, because cards take it as soon as they are there. */
  before = document.activeElement;

  get session() {
    return /** @type {Props} */ (this.props).session;
  }

  componentDidMount() {
    if (this.session.store.peek("narrow") && !this.box?.contains(document.activeElement)) this.#tab()?.focus();
  }

  componentWillUnmount() {
    if (!this.box?.contains(document.activeElement)) return;
    const back = this.before?.isConnected && this.before !== document.body ? this.before : document.getElementById("side-button");
    if (back instanceof HTMLElement) back.focus();
  }

  /** @returns {HTMLElement | null | undefined} the chosen tab */
  #tab() {
    return this.box?.querySelector("[role=tab][aria-selected=true]");
  }

  /** @param {KeyboardEvent} event */
  key = (event) => {
    if (!this.session.store.peek("narrow")) return;
    if (event.key === "Tab") this.#within(event);
    else if (event.key === "Escape" && !event.defaultPrevented) {
      event.preventDefault();
      this.session.side.set(false);
    }
  };

  /** Over the chat the focus goes round in here. @param {KeyboardEvent} event */
  #within(event) {
    const all = [.../** @type {NodeListOf<HTMLElement>} */ (this.box?.querySelectorAll(FOCUSABLE) ?? [])]
      .filter((one) => one.tabIndex >= 0 && one.checkVisibility());
    const [first, last] = [all[0], all.at(-1)];
    const at = document.activeElement;
    const leaves = event.shiftKey ? at === first : at === last;
    if (!leaves) return;
    event.preventDefault();
    (event.shiftKey ? last : first)?.focus();
  }

  /** @param {KeyboardEvent} event */
  walk = (event) => {
    const { store, side } = this.session;
    const tab = tabAfter(event.key, store.peek("side_tab"), isRtl());
    if (!tab) return;
    event.preventDefault();
    side.choose(tab);
    requestAnimationFrame(() => this.#tab()?.focus());
  };

  /** @param {Props} props */
  render({ session }) {
    const { store, side } = session;
    const chosen = /** @type {Tab} */ (store.get("side_tab"));
    const over = store.get("narrow");
    const live = liveOf(store.get("thread"));
    const fresh = store.get("me").new;
    const panel = PANELS[chosen] ?? SideTranscripts;
    return html`<aside class="side" aria-label="Side window" role=${over ? "dialog" : null} aria-modal=${over ? "true" : null} onKeyDown=${this.key}
        ref=${(/** @type {HTMLElement | null} */ element) => { if (element) this.box = element; }}>
      ${!over && html`<${Grip} session=${session} />`}
      <div class="tabs"><div class="row grow" role="tablist" aria-label="Side window" onKeyDown=${this.walk}>
          ${TABS.map(({ id, label }) => html`<${TabButton} key=${id} id=${id} label=${label} chosen=${id === chosen} badge=${badgeOf([id], live, fresh)}
            onClick=${() => side.choose(id)} />`)}</div>
        <${IconButton} name="x" label="Close side window" title="Ctrl ." onClick=${() => side.set(false)} /></div>
      <div class="scroll" id="side-panel" key=${chosen} role="tabpanel" aria-labelledby="side-${chosen}" tabindex="0"><${panel} session=${session} /></div></aside>`;
  }
}

/** @param {{id: Tab, label: string, chosen: boolean, badge: ReturnType<typeof badgeOf>, onClick: () => void}} props */
const TabButton = ({ id, label, chosen, badge, onClick }) => html`<button type="button" class="tab" role="tab" id="side-${id}" aria-selected=${String(chosen)}
  aria-controls="side-panel" tabindex=${chosen ? "0" : "-1"} onClick=${onClick}>${label}<${Badge} badge=${badge} />${badge && html`<span class="vh">${badge.words}</span>`}</button>`;

class Grip extends Component {
  /** @type {number | null} The width while it is dragged; it is the person's when they let go. */
  dragged = null;

  /** @param {PointerEvent} event */
  down = (event) => {
    /** @type {HTMLElement} */ (event.currentTarget).setPointerCapture(event.pointerId);
    this.dragged = this.session.store.peek("side_width");
    event.preventDefault();
  };

  /** @param {PointerEvent} event */
  move = (event) => {
    if (this.dragged === null) return;
    const root = document.documentElement;
    this.dragged = fitting(isRtl() ? event.clientX : root.clientWidth - event.clientX);
    root.style.setProperty("--w-side", `${this.dragged}px`);
  };

  up = () => {
    const width = this.dragged;
    this.dragged = null;
    if (width !== null && width !== this.session.store.peek("side_width")) this.session.store.set("side_width", width);
  };

  /** @param {KeyboardEvent} event */
  key = (event) => {
    const width = widthAfter(event.key, this.session.store.peek("side_width"), isRtl());
    if (width === null) return;
    event.preventDefault();
    this.session.store.set("side_width", width);
  };

  get session() {
    return /** @type {Props} */ (this.props).session;
  }

  render() {
    return html`<div class="grip" role="separator" tabindex="0" aria-orientation="vertical" aria-label="Width of the side window"
      aria-valuenow=${this.session.store.get("side_width")} aria-valuemin=${WIDTH.least} aria-valuemax=${WIDTH.most}
      onPointerDown=${this.down} onPointerMove=${this.move} onPointerUp=${this.up} onPointerCancel=${this.up} onKeyDown=${this.key}></div>`;
  }
}
