// One thing of an import beside what it becomes, with what was kept, changed and not taken; its name and model can be changed.

/** @import { ImportReview } from "../wire.d.ts" */
import { Component } from "preact";
import { api } from "../api.js";
import { html, Icon } from "../html.js";
import { compared } from "../import_values.js";
import { TextField } from "./field.js";

/** @typedef {{id: string, numbers: number[], back: () => void, confirm: () => Promise<void>}} Props */
/** @typedef {{at: number, review: ImportReview | null, error: string, name: string, model: string, busy: boolean}} State */

/** @type {Record<string, {mark: string, kind: string}>} */
const NOTES = {
  kept: { mark: "check", kind: "ok" }, changed: { mark: "edit", kind: "dim" }, not_taken: { mark: "x", kind: "warn" },
  check: { mark: "alert", kind: "warn" }, refused: { mark: "alert", kind: "bad" },
};

export class Review extends Component {
  /** @type {State} */
  state = { at: 0, review: null, error: "", name: "", model: "", busy: false };

  componentDidMount() {
    void this.show(0);
  }

  get own() {
    return /** @type {Props} */ (/** @type {unknown} */ (this.props));
  }

  /** @param {number} at */
  path(at) {
    return `imports/${this.own.id}/items/${this.own.numbers[at]}`;
  }

  /** @param {number} at */
  async show(at) {
    const review = await api("GET", this.path(at)).catch((error) => this.setState({ error: error.message }));
    if (review) this.take(at, review);
  }

  /** @param {number} at @param {ImportReview} review */
  take(at, review) {
    const { name = "", model = "" } = review.becomes ?? {};
    this.setState({ at, review, error: "", name, model });
  }

  /** @param {Record<string, unknown>} wanted */
  async want(wanted) {
    const { at } = /** @type {State} */ (this.state);
    const review = await api("PATCH", this.path(at), wanted).catch((error) => this.setState({ error: Object.values(error.fields ?? {})[0] ?? error.message }));
    if (review) this.take(at, review);
  }

  save = () => {
    const { review, name, model } = /** @type {State} */ (this.state);
    void this.want({ changes: { ...review?.changes, name, model } });
  };

  confirm = async () => {
    this.setState({ busy: true });
    await this.own.confirm();
    this.setState({ busy: false });
  };

  /** @param {Props} props @param {State} state */
  render({ numbers, back }, { at, review, error, name, model, busy }) {
    if (!review) return html`<p class="dim">${error || "Loading…"}</p>`;
    const edited = review.becomes !== null && (name !== review.becomes.name || model !== review.becomes.model);
    return html`<div class="row wrap"><div class="grow"><h2><bdi>${review.name || review.remote_id || review.kind}</bdi></h2><p class="dim">${at + 1} of ${numbers.length}. Left as it was, right as it will be here.</p></div>
        <button type="button" class="btn quiet" disabled=${at === 0} onClick=${() => void this.show(at - 1)}>Previous</button>
        <button type="button" class="btn" disabled=${at + 1 === numbers.length} onClick=${() => void this.show(at + 1)}>Next</button></div>
      ${error && html`<div class="note bad row top" role="alert"><${Icon} name="alert" kind="bad" /><p>${error}</p></div>`}
      ${review.becomes && html`<${Beside} review=${review} />
        <div class="half"><${TextField} id="import-name" label="Name here" value=${name} onChange=${(/** @type {string} */ value) => this.setState({ name: value })} />
          <${TextField} id="import-model" label="Model here" value=${model} help="Empty: the model of whichever account answers." onChange=${(/** @type {string} */ value) => this.setState({ model: value })} /></div>
        ${edited && html`<div><button type="button" class="btn" onClick=${this.save}>Use these</button></div>`}`}
      ${review.said.length > 0 && html`<ul class="box list" aria-label="Its first messages">${review.said.map((one) => html`<li class="line top"><span class="tag">${one.role}</span><span class="grow" dir="auto">${one.text}</span></li>`)}</ul>`}
      ${review.standing === "differs" && this.differs(review)}
      ${review.notes.length > 0 && html`<ul class="box list" aria-label="What becomes of it">${review.notes.map((note) => html`<li class="line top"><${Icon} name=${NOTES[note.did]?.mark ?? "alert"} kind=${NOTES[note.did]?.kind ?? "dim"} />
        <span class="grow"><b>${note.about}</b><small>${note.says}</small></span></li>`)}</ul>`}
      <details class="think"><summary><${Icon} name="right" small kind="chev" />The original</summary><pre class="io" tabindex="0">${JSON.stringify(review.raw, null, 2)}</pre></details>
      <div class="row"><button type="button" class="btn quiet" onClick=${back}>Back</button><span class="grow"></span><a class="btn quiet" href="/agents">Leave</a>
        <button type="button" class="btn pri" disabled=${busy || edited} onClick=${this.confirm}>Import ${numbers.length}</button></div>`;
  }

  /** @param {ImportReview} review */
  differs(review) {
    const pick = (/** @type {"keep" | "update"} */ id, /** @type {string} */ label, /** @type {string} */ says) => html`<label class="pick"><input type="radio" name="again" checked=${review.again === id}
      onChange=${() => void this.want({ again: id })} /><span class="grow">${label}<small>${says}</small></span></label>`;
    return html`<fieldset class="box"><legend class="vh">Your choice</legend><div class="pad note warn row top"><${Icon} name="alert" kind="warn" /><p><b>It was taken in before, and differs by now.</b></p></div>
      <pre class="diff pad" tabindex="0" aria-label="What differs">${review.diff.map((line) => html`<span class=${line.startsWith("+") ? "add" : line.startsWith("-") ? "del" : ""}>${line}</span>`)}</pre>
      ${pick("keep", "Keep mine", "The agent here stays as it is.")}${pick("update", "Bring mine up to date", "The agent here becomes what the original is now.")}</fieldset>`;
  }
}

/** @param {{review: ImportReview}} props */
function Beside({ review }) {
  return html`<div class="tbl" tabindex="0" role="group" aria-label="Side by side"><table class="cmp" role="table">
    <thead role="rowgroup"><tr role="row"><th role="columnheader"><span class="vh">Field</span></th><th role="columnheader">There</th><th role="columnheader">In GIINT</th></tr></thead>
    <tbody role="rowgroup">${compared(review).map(({ field, was, is, same }) => html`<tr role="row" class=${same ? "" : "chg"}><th role="rowheader" scope="row">${field}</th>
      <td role="cell" dir="auto">${was || html`<span class="dim">nothing</span>`}</td>
      <td role="cell" dir="auto" class=${same ? "dim" : ""}>${same ? "the same" : html`${is || html`<span class="dim">nothing</span>`} <span class="tag on">changed</span>`}</td></tr>`)}</tbody></table></div>`;
}
