// Add or edit a provider key: a preset fills in the rest; errors stand beside their fields.

/** @import { KeyRow } from "../events.d.ts" */
/** @import { Preset } from "../wire.d.ts" */
/** @import { Session } from "../session.js" */
/** @import { KeyValues } from "../key_values.js" */
import { Component } from "preact";
import { api, ApiError } from "../api.js";
import { html, Icon } from "../html.js";
import { fromKey, fromPreset, payload, withPreset } from "../key_values.js";

/** @typedef {{session: Session, row: KeyRow | null, models: string[], done: (saved?: any) => void}} Props */
/** @typedef {{values: KeyValues, preset: string, errors: Record<string, string>, summary: string, busy: boolean, listed: string[]}} State */

export class KeyForm extends Component {
  /** @param {Props} props */
  constructor(props) {
    super(props);
    const { session, row } = props;
    const { presets } = session.store.peek("boot");
    const first = session.store.peek("me").keys.length === 0;
    /** @type {State} */
    this.state = {
      values: row ? fromKey(row) : fromPreset(presets[0], first),
      preset: presets[0]?.id ?? "", errors: {}, summary: "", busy: false, listed: [],
    };
  }

  /** What the catalogue has of this account, to choose from; the form works without it. */
  async componentDidMount() {
    const { row } = this.given;
    if (!row) return;
    const found = await api("GET", `models?gone=false&limit=200&key=${row.id}`).catch(() => null);
    if (found) this.setState({ listed: found.models.map((/** @type {{model: string}} */ one) => one.model) });
  }

  /** @returns {Props} */
  get given() {
    return /** @type {any} */ (this.props);
  }

  /** @param {string} id @returns {Preset | undefined} */
  presetOf(id) {
    return this.given.session.store.peek("boot").presets.find((/** @type {Preset} */ preset) => preset.id === id);
  }

  /** @param {string} id */
  choosePreset(id) {
    const { values, preset } = /** @type {State} */ (this.state);
    this.setState({ preset: id, values: withPreset(values, this.presetOf(preset), this.presetOf(id)), errors: {} });
  }

  /** @param {Partial<KeyValues>} changes */
  change(changes) {
    this.setState((/** @type {State} */ { values }) => ({ values: { ...values, ...changes } }));
  }

  /** @param {Event} event */
  submit = async (event) => {
    event.preventDefault();
    const { row, done } = this.given;
    this.setState({ busy: true, errors: {}, summary: "" });
    try {
      const body = payload(/** @type {State} */ (this.state).values, row === null);
      done(await (row ? api("PATCH", `keys/${row.id}`, body) : api("POST", "keys", body)));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.setState({ busy: false, errors: error.fields, summary: error.message });
    }
  };

  /** @param {Props} props @param {State} state */
  render({ session, row, models, done }, { values, preset, summary, busy, listed }) {
    const { presets, dialects } = session.store.get("boot");
    const needsKey = row === null && (this.presetOf(preset)?.needs_key ?? true);
    const options = (/** @type {{id: string, label: string}[]} */ rows) => rows.map(({ id, label }) => ({ value: id, label }));
    return html`<form class="box pad stack" onSubmit=${this.submit} novalidate aria-label=${row ? "Edit the key" : "Add a key"}>
      ${summary && html`<div class="note bad row top" role="alert"><${Icon} name="alert" kind="bad" /><p>${summary}</p></div>`}
      ${!row && html`<${Select} id="preset" label="Server" value=${preset} options=${options(presets)} onChange=${(/** @type {string} */ id) => this.choosePreset(id)} />`}
      <div class="half">${this.text("label", "Name", values.label, { help: "How you will know it again." })}
        <${Select} id="dialect" label="Dialect" value=${values.dialect} options=${options(dialects)} error=${this.error("dialect")}
          onChange=${(/** @type {string} */ dialect) => this.change({ dialect })} /></div>
      ${this.text("base_url", "Address", values.base_url, { type: "url", help: "The base URL of the server, usually ending in /v1." })}
      <div class="half">${this.text("model", "Model", values.model, { list: models.length ? models : listed, help: "For agents that name none themselves." })}
        ${this.text("key", "Key", values.key, { type: "password", help: keyHelp(row, needsKey) })}</div>
      <label class="row"><input type="checkbox" checked=${values.default} onChange=${(/** @type {any} */ event) => this.change({ default: event.target.checked })} />Use this key by default</label>
      <div class="row wrap"><button type="submit" class="btn pri" disabled=${busy}>${row ? "Save" : "Add the key"}</button>
        <button type="button" class="btn quiet" onClick=${() => done()}>Cancel</button></div></form>`;
  }

  /** @param {string} name */
  error(name) {
    return /** @type {State} */ (this.state).errors[name] ?? "";
  }

  /** @param {keyof KeyValues} name @param {string} label @param {string} value @param {{type?: string, help?: string, list?: string[]}} more */
  text(name, label, value, { type = "text", help = "", list = [] }) {
    const error = this.error(name);
    return html`<div class="field"><label for="key-${name}">${label}</label>
      <input class="in" id="key-${name}" type=${type} value=${value} autocomplete=${type === "password" ? "new-password" : "off"} spellcheck="false"
        list=${list.length ? `list-${name}` : null} aria-invalid=${error ? "true" : null} aria-describedby="help-${name}"
        onInput=${(/** @type {any} */ event) => this.change({ [name]: event.target.value })} />
      ${list.length > 0 && html`<datalist id="list-${name}">${list.map((one) => html`<option value=${one} />`)}</datalist>`}
      <${Help} id="help-${name}" error=${error} help=${help} /></div>`;
  }
}

/** @param {KeyRow | null} row @param {boolean} needed */
function keyHelp(row, needed) {
  if (row) return row.last4 ? `Leave empty to keep ····${row.last4}.` : "Leave empty to keep it as it is.";
  return needed ? "Kept encrypted; nobody can read it back." : "This server needs none, unless you have set one.";
}

/** @param {{id: string, error: string, help: string}} props */
const Help = ({ id, error, help }) => html`<div id=${id}>${error ? html`<p class="err"><${Icon} name="alert" small /><span>${error}</span></p>`
  : html`<p class="help">${help}</p>`}</div>`;

/** @param {{id: string, label: string, value: string, options: {value: string, label: string}[], error?: string, onChange: (value: string) => void}} props */
function Select({ id, label, value, options, error = "", onChange }) {
  return html`<div class="field"><label for="key-${id}">${label}</label><span class="sel">
    <select class="in" id="key-${id}" value=${value} aria-invalid=${error ? "true" : null} aria-describedby="help-${id}" onChange=${(/** @type {any} */ event) => onChange(event.target.value)}>
      ${options.map((one) => html`<option value=${one.value} selected=${one.value === value}>${one.label}</option>`)}</select><${Icon} name="down" small /></span>
    <${Help} id="help-${id}" error=${error} help="" /></div>`;
}
