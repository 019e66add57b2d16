// The person's provider keys: what they are, whether they work, and what can be done with them.

/** @import { KeyRow } from "../events.d.ts" */
/** @import { Session } from "../session.js" */
import { Component } from "preact";
import { api, ApiError } from "../api.js";
import { ago, hostOf } from "../format.js";
import { html, Icon } from "../html.js";
import { checkOf } from "../key_values.js";
import { KeyForm } from "./key_form.js";
import { Menu } from "./menu.js";

/** @typedef {{editing: string | null, testing: string | null, models: Record<string, string[]>, error: string, left: string}} State */
/** The form of a key that is not there yet. */
const NEW = "new";

export class Keys extends Component {
  /** @type {State} */
  state = { editing: null, testing: null, models: {}, error: "", left: "" };

  /** @param {() => Promise<any>} request */
  async attempt(request) {
    this.setState({ error: "", left: "" });
    try {
      return await request();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.setState({ error: error.message });
      return null;
    }
  }

  /** @param {string} id */
  async test(id) {
    this.setState({ testing: id });
    const answer = await this.attempt(() => api("POST", `keys/${id}/test`, {}));
    this.setState((/** @type {State} */ { models }) => ({ testing: null, models: answer?.models ? { ...models, [id]: answer.models } : models }));
  }

  /**
   * What a key was used for may stay at its server when the key goes or leads elsewhere: say so.
   * @param {{sentence: string} | null | undefined} parting
   */
  say(parting) {
    if (parting) this.setState({ left: parting.sentence });
  }

  /** @param {{parting?: {sentence: string} | null}} [row] */
  close = (row) => {
    this.setState({ editing: null });
    this.say(row?.parting);
  };

  /** @param {{session: Session}} props @param {State} state */
  render({ session }, { editing, models, error, left }) {
    const keys = /** @type {KeyRow[]} */ (session.store.get("me").keys);
    return html`<section class="stack" id="keys" aria-labelledby="keys-title"><div class="row wrap"><div class="grow"><h2 id="keys-title">Provider keys</h2>
        <p class="sm dim">Your accounts at model servers. Kept encrypted; nobody can read them back, not even you.</p></div>
        ${editing !== NEW && html`<button type="button" class="btn pri" onClick=${() => this.setState({ editing: NEW })}><${Icon} name="plus" />Add a key</button>`}</div>
      ${error && html`<div class="note bad" role="alert">${error}</div>`}
      ${left && html`<div class="note" role="status">${left}</div>`}
      ${editing === NEW && html`<${KeyForm} session=${session} row=${null} models=${[]} done=${this.close} />`}
      ${keys.length ? html`<ul class="box list keylist">${keys.map((row) => this.line(row, session))}</ul>` : editing !== NEW && html`<${Nobody} session=${session} />`}
      ${keys.map((row) => editing === row.id && html`<${KeyForm} key=${row.id} session=${session} row=${row} models=${models[row.id] ?? []} done=${this.close} />`)}
    </section>`;
  }

  /** @param {KeyRow} row @param {Session} session */
  line(row, session) {
    const { testing } = /** @type {State} */ (this.state);
    // A key too short to show four characters of has none to show, like one that is not there.
    const where = [hostOf(row.base_url), row.last4 && `····${row.last4}`, row.model].filter(Boolean).join(" · ");
    return html`<li class="line" key=${row.id}><${Icon} name="key" kind="dim" />
      <span class="grow"><b><bdi>${row.label}</bdi></b> <span class="tag">${row.dialect}</span> ${row.default && html`<span class="tag on">default</span>`}
        <small class="mono cut"><bdi>${where}</bdi></small></span>
      ${testing === row.id ? html`<span class="sm row" role="status"><span class="bars" aria-hidden="true"></span>Testing</span>` : this.check(row)}
      <${Menu} label=${`More for ${row.label}`} face=${html`<${Icon} name="more" />`} items=${this.items(row, session)} place="below end" /></li>`;
  }

  /** @param {KeyRow} row */
  check(row) {
    const { kind, text } = checkOf(row, ago(row.checked, Date.now()));
    const models = /** @type {State} */ (this.state).models[row.id];
    const count = kind === "ok" && models ? `, ${models.length} ${models.length === 1 ? "model" : "models"}` : "";
    return html`<span class="sm row ${kind || "dim"}" role="status">${kind && html`<${Icon} name=${kind === "ok" ? "check" : "alert"} small />`}${text}${count}</span>`;
  }

  /** @param {KeyRow} row @param {Session} session */
  items(row, session) {
    const remove = () => void this.attempt(() => api("DELETE", `keys/${row.id}`)).then((parting) => this.say(parting));
    const standard = () => void this.attempt(() => api("PATCH", `keys/${row.id}`, { default: true }));
    return [
      { label: html`<${Icon} name="retry" />Test`, act: () => void this.test(row.id) },
      { label: html`<${Icon} name="edit" />Edit`, act: () => this.setState({ editing: row.id }) },
      { label: html`<${Icon} name="check" />Make it the default`, disabled: row.default, act: standard },
      { label: html`<${Icon} name="trash" />Remove…`, kind: "bad", act: () => session.store.set("dialog", { kind: "remove-key", title: row.label, act: remove }) },
    ];
  }
}

/** @param {{session: Session}} props */
function Nobody({ session }) {
  const { source, label } = session.store.get("me").account;
  const now = { offline: "Until you add one, the offline demo answers.", shared: `Until you add one, this server's shared account ${label} answers.` };
  return html`<p class="box pad dim">No keys yet. ${now[/** @type {keyof typeof now} */ (source)] ?? "Until you add one, nobody can answer."}</p>`;
}
