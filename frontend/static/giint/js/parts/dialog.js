// Questions that need an answer first: a new title, a deletion, the list of shortcuts. The browser's own dialog element.

/** @import { Session } from "../session.js" */
import { Component } from "preact";
import { html } from "../html.js";
import { SHORTCUTS } from "../keyboard.js";

/** @typedef {{kind: "rename" | "delete" | "shortcuts" | "remove-key" | "revoke-token" | "confirm", id?: string, title?: string, text?: string, verb?: string, act?: () => void}} Asked */

class Modal extends Component {
  componentDidMount() {
    this.dialog?.showModal();
  }

  /** @param {{label: string, children?: any, onClose: () => void}} props */
  render({ label, children, onClose }) {
    return html`<dialog aria-label=${label} onClose=${onClose}
      ref=${(/** @type {HTMLDialogElement | null} */ element) => { this.dialog = element; }}>${children}</dialog>`;
  }
}

/** @param {{session: Session}} props */
export function Dialog({ session }) {
  const { store } = session;
  const asked = /** @type {Asked | null} */ (store.get("dialog"));
  if (!asked) return null;
  const close = () => store.set("dialog", null);
  const body = { rename: Rename, delete: Delete, shortcuts: Shortcuts, "remove-key": RemoveKey, "revoke-token": RevokeToken, confirm: Confirm }[asked.kind];
  return html`<${Modal} key=${asked.kind} label=${LABELS[asked.kind]} onClose=${close}>
    <${body} session=${session} asked=${asked} close=${close} /></${Modal}>`;
}

const LABELS = {
  rename: "Rename this thread", delete: "Delete this thread", shortcuts: "Keyboard shortcuts", "remove-key": "Remove this key",
  "revoke-token": "Withdraw this token", confirm: "Are you sure?",
};

/** @typedef {{session: Session, asked: Asked, close: () => void}} Body */

/** @param {Body} props */
function Rename({ session, asked, close }) {
  const submit = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const title = String(new FormData(/** @type {HTMLFormElement} */ (event.target)).get("title")).trim();
    if (title && title !== asked.title) void session.deeds.change(asked.id ?? "", { title });
    close();
  };
  return html`<form class="stack" onSubmit=${submit}><h2>Rename</h2>
    <div class="field"><label for="title">Title</label>
      <input class="in" id="title" name="title" maxlength="200" autocomplete="off" value=${asked.title} required autofocus /></div>
    <div class="row wrap"><button class="btn pri" type="submit">Rename</button>
      <button class="btn quiet" type="button" onClick=${close}>Cancel</button></div></form>`;
}

/** @param {Body} props */
function Delete({ session, asked, close }) {
  const act = () => {
    void session.deeds.remove(asked.id ?? "");
    close();
  };
  return html`<div class="stack"><h2>Delete this thread?</h2>
    <p><bdi>${asked.title}</bdi> and all its messages go for good, also from your other tabs.</p>
    <div class="row wrap"><button class="btn danger" type="button" onClick=${act}>Delete</button>
      <button class="btn quiet" type="button" autofocus onClick=${close}>Cancel</button></div></div>`;
}

/** @param {Body} props */
function RemoveKey({ asked, close }) {
  const act = () => {
    asked.act?.();
    close();
  };
  return html`<div class="stack"><h2>Remove this key?</h2>
    <p><bdi>${asked.title}</bdi> is deleted here. Agents that used it answer with your default key, if there is one.</p>
    <div class="row wrap"><button class="btn danger" type="button" onClick=${act}>Remove</button>
      <button class="btn quiet" type="button" autofocus onClick=${close}>Cancel</button></div></div>`;
}

/** @param {Body} props */
function RevokeToken({ asked, close }) {
  const act = () => {
    asked.act?.();
    close();
  };
  return html`<div class="stack"><h2>Withdraw this token?</h2>
    <p>What uses <bdi>${asked.title}</bdi> gets no further, from now on and for good.</p>
    <div class="row wrap"><button class="btn danger" type="button" onClick=${act}>Withdraw</button>
      <button class="btn quiet" type="button" autofocus onClick=${close}>Cancel</button></div></div>`;
}

/** @param {Body} props */
function Confirm({ asked, close }) {
  const act = () => {
    asked.act?.();
    close();
  };
  return html`<div class="stack"><h2>${asked.title}</h2><p>${asked.text}</p>
    <div class="row wrap"><button class="btn danger" type="button" onClick=${act}>${asked.verb}</button>
      <button class="btn quiet" type="button" autofocus onClick=${close}>Cancel</button></div></div>`;
}

/** @param {Body} props */
function Shortcuts({ close }) {
  return html`<div class="stack"><h2>Keyboard shortcuts</h2>
    <dl class="kv free">${SHORTCUTS.map(({ does, keys }) => html`<dt>${does}</dt><dd><kbd>${keys}</kbd></dd>`)}</dl>
    <p class="help">They can be switched off in Settings.</p>
    <div class="row"><button class="btn pri" type="button" autofocus onClick=${close}>Close</button></div></div>`;
}
