// The person's API tokens: made for some scopes and some time, shown once, withdrawn.

/** @import { NewToken, Scope, TokenRow } from "../wire.d.ts" */
/** @import { Session } from "../session.js" */
/** @import { TokenValues } from "../token_values.js" */
import { Component } from "preact";
import { api, ApiError } from "../api.js";
import { copy } from "../clipboard.js";
import { ago } from "../format.js";
import { html, Icon } from "../html.js";
import { chosen, endOf, ENDS, fresh, payload } from "../token_values.js";
import { Below, ChoiceField, TextField } from "./field.js";

/**
 * @typedef {{rows: TokenRow[] | null, scopes: Scope[], made: NewToken | null, copied: boolean,
 *   values: TokenValues | null, errors: Record<string, string>, summary: string, busy: boolean}} State
 */

export class Tokens extends Component {
  /** @type {State} */
  state = { rows: null, scopes: [], made: null, copied: false, values: null, errors: {}, summary: "", busy: false };

  componentDidMount() {
    void this.load();
  }

  load = () => this.attempt(async () => {
    const { tokens, scopes } = await api("GET", "tokens");
    this.setState({ rows: tokens, scopes });
  });

  /** @param {() => Promise<void>} request */
  async attempt(request) {
    this.setState({ busy: true, errors: {}, summary: "" });
    try {
      await request();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.setState({ errors: error.fields, summary: error.message });
    }
    this.setState({ busy: false });
  }

  /** @param {Event} event */
  submit = (event) => {
    event.preventDefault();
    const { values } = /** @type {State} */ (this.state);
    if (values) void this.attempt(async () => {
      const made = await api("POST", "tokens", payload(values, Date.now()));
      this.setState((/** @type {State} */ { rows }) => ({ made, values: null, copied: false, rows: [made, ...(rows ?? [])] }));
    });
  };

  /** @param {TokenRow} row */
  withdraw = (row) => this.attempt(async () => {
    await api("DELETE", `tokens/${row.id}`);
    this.setState((/** @type {State} */ { rows, made }) => ({ rows: (rows ?? []).filter((one) => one.id !== row.id), made: made?.id === row.id ? null : made }));
  });

  /** @param {Partial<TokenValues>} changes */
  change(changes) {
    this.setState((/** @type {State} */ { values }) => ({ values: values && { ...values, ...changes } }));
  }

  /** @param {{session: Session}} props @param {State} state */
  render({ session }, { rows, made, values, summary }) {
    return html`<section class="stack" id="tokens" aria-labelledby="tokens-title"><div class="row wrap"><div class="grow"><h2 id="tokens-title">API tokens</h2>
        <p class="sm dim">For scripts and integrations. A token is shown once, when it is made; a new password ends all of them.</p></div>
        ${!values && html`<button type="button" class="btn" onClick=${() => this.setState({ values: fresh(), made: null })}><${Icon} name="plus" />New token</button>`}</div>
      ${summary && html`<div class="note bad" role="alert">${summary}</div>`}
      ${made && this.shown(made)}
      ${values && this.form(values)}
      ${rows && rows.length > 0 && this.table(rows, session)}
      ${rows && rows.length === 0 && !values && html`<p class="box pad dim">No tokens yet.</p>`}</section>`;
  }

  /** @param {NewToken} made */
  shown(made) {
    const { copied } = /** @type {State} */ (this.state);
    return html`<div class="note acc stack t" role="status"><b>Copy it now. It will not be shown again.</b><div class="row">
      <input class="in mono sm" readonly aria-label="New token" value=${made.token} />
      <button type="button" class="btn" onClick=${async () => this.setState({ copied: await copy(made.token) })}><${Icon} name=${copied ? "check" : "copy"} />${copied ? "Copied" : "Copy"}</button></div></div>`;
  }

  /** @param {TokenValues} values */
  form({ name, scopes, days }) {
    const { errors, busy, scopes: all } = /** @type {State} */ (this.state);
    return html`<form class="box pad stack" onSubmit=${this.submit} novalidate aria-label="New token">
      <div class="half"><${TextField} id="token-name" label="Name" value=${name} error=${errors.name} help="What it is for." onChange=${(/** @type {string} */ text) => this.change({ name: text })} />
        <${ChoiceField} id="token-days" label="Ends" value=${days} error=${errors.expires} options=${ENDS} onChange=${(/** @type {string} */ text) => this.change({ days: text })} /></div>
      <fieldset class="stack t plainset" aria-describedby="token-scopes-help"><legend>It may</legend>
        ${all.map(({ id, label }) => html`<label class="row"><input type="checkbox" checked=${scopes.includes(id)}
          onChange=${(/** @type {any} */ event) => this.change({ scopes: chosen(scopes, id, event.target.checked) })} /><span>${label}</span></label>`)}
        <${Below} id="token-scopes" error=${errors.scopes ?? ""} help="" /></fieldset>
      <div class="row wrap"><button type="submit" class="btn pri" disabled=${busy}>Make the token</button>
        <button type="button" class="btn quiet" onClick=${() => this.setState({ values: null, errors: {}, summary: "" })}>Cancel</button></div></form>`;
  }

  /** @param {TokenRow[]} rows @param {Session} session */
  table(rows, session) {
    const ask = (/** @type {TokenRow} */ row) => session.store.set("dialog", { kind: "revoke-token", title: row.name, act: () => void this.withdraw(row) });
    return html`<div class="tbl" tabindex="0" role="group" aria-label="Tokens"><table><thead><tr><th>Name</th><th>Begins with</th><th>May</th><th>Last used</th><th>Ends</th><th><span class="vh">Actions</span></th></tr></thead>
      <tbody>${rows.map((row) => {
        const end = endOf(row, Date.now());
        return html`<tr key=${row.id}><td><bdi>${row.name}</bdi></td><td><code>${row.begins}…</code></td><td>${row.scopes.join(", ")}</td>
          <td>${ago(row.last_used, Date.now()) || "never"}</td><td class=${end.soon ? "warn" : ""}>${end.text}</td>
          <td><button type="button" class="btn quiet danger" aria-label="Withdraw ${row.name}" onClick=${() => ask(row)}>Withdraw</button></td></tr>`;
      })}</tbody></table></div>`;
  }
}
