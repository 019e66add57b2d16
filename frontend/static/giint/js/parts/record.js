// What others did with this person's keys, tokens, rights and threads: the audit, as its owner sees it.

/** @import { AuditRow } from "../wire.d.ts" */
import { Component } from "preact";
import { api, ApiError } from "../api.js";
import { moment } from "../format.js";
import { html, Icon } from "../html.js";

/** @typedef {{rows: AuditRow[] | null, next: string | null, error: string}} State */

/** @param {unknown} value */
const told = (value) => (Array.isArray(value) ? value.join(", ") : typeof value === "boolean" ? (value ? "yes" : "no") : String(value));

export class Record extends Component {
  /** @type {State} */
  state = { rows: null, next: null, error: "" };

  componentDidMount() {
    void this.load("");
  }

  /** @param {string} before */
  async load(before) {
    try {
      const { entries, next } = await api("GET", `audit?others=true&limit=20${before && `&before=${before}`}`);
      this.setState((/** @type {State} */ { rows }) => ({ rows: [...(before ? (rows ?? []) : []), ...entries], next, error: "" }));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.setState({ error: error.message });
    }
  }

  /** @param {object} _props @param {State} state */
  render(_props, { rows, next, error }) {
    return html`<section class="stack" id="record" aria-labelledby="record-title"><div><h2 id="record-title">What others did</h2>
        <p class="sm dim">With your keys, tokens, rights and threads. Who reads a thread of yours stands here, with the reason.</p></div>
      ${error && html`<div class="note bad" role="alert">${error}</div>`}
      ${rows && rows.length === 0 && html`<p class="box pad dim">Nothing so far.</p>`}
      ${rows && rows.length > 0 && html`<ul class="box list">${rows.map((row) => html`<li class="line" key=${row.id}><${Icon} name="shield" kind="dim" />
        <span class="grow"><b><bdi>${row.actor || "This server"}</bdi></b> ${row.action} ${row.noun}${row.object && html` <code>${row.object}</code>`}
          <small>${Object.entries(row.details).map(([name, value]) => html`${name.replaceAll("_", " ")}: <bdi>${told(value)}</bdi> `)}</small></span>
        <time class="sm dim" datetime=${row.created}>${moment(row.created)}</time></li>`)}</ul>`}
      ${next && html`<div class="row"><button type="button" class="btn quiet" onClick=${() => void this.load(next)}>Older</button></div>`}</section>`;
  }
}
