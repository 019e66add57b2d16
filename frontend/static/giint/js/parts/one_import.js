// One import on its way: select, review, result. What is being read or taken in is looked at until it is over.

/** @import { Session } from "../session.js" */
/** @import { ImportItem, ImportRow } from "../wire.d.ts" */
import { Component } from "preact";
import { api } from "../api.js";
import { html, Icon } from "../html.js";
import { isBusy, resultOf, standingOf, summaryOf } from "../import_values.js";
import { Way } from "./imports.js";
import { Review } from "./import_review.js";

/** Between two looks at one that goes on by itself. */
const LOOK_MS = 700;

/** @typedef {{row: ImportRow | null, items: ImportItem[], next: string | null, step: 1 | 2 | 3, chosen: number[], text: string, error: string}} State */

export class OneImport extends Component {
  /** @type {State} */
  state = { row: null, items: [], next: null, step: 1, chosen: [], text: "", error: "" };
  /** @type {ReturnType<typeof setTimeout> | undefined} */ timer = undefined;

  componentDidMount() {
    void this.look();
  }

  componentWillUnmount() {
    clearTimeout(this.timer);
  }

  get id() {
    return /** @type {{id: string}} */ (/** @type {unknown} */ (this.props)).id;
  }

  /** @param {string} path */
  get(path) {
    return api("GET", path).catch((error) => this.setState({ error: error.message }));
  }

  async look() {
    const row = /** @type {ImportRow | undefined} */ (await this.get(`imports/${this.id}`));
    if (!row) return;
    const over = row.state === "taking" || row.state === "done" || (row.state === "failed" && row.found > 0);
    this.setState((/** @type {State} */ { step }) => ({ row, step: over ? 3 : step }));
    await this.list("");
    if (isBusy(row)) this.timer = setTimeout(() => void this.look(), LOOK_MS);
  }

  /** @param {string} after */
  async list(after) {
    const { text } = /** @type {State} */ (this.state);
    const page = await this.get(`imports/${this.id}/items?limit=100${text ? `&q=${encodeURIComponent(text)}` : ""}${after ? `&before=${encodeURIComponent(after)}` : ""}`);
    if (page) this.setState((/** @type {State} */ { items }) => ({ items: after ? [...items, ...page.items] : page.items, next: page.next }));
  }

  /** @param {number} number @param {boolean} on */
  choose(number, on) {
    this.setState((/** @type {State} */ { chosen }) => ({ chosen: on ? [...chosen, number] : chosen.filter((one) => one !== number) }));
  }

  confirm = async () => {
    const { chosen } = /** @type {State} */ (this.state);
    const row = await api("POST", `imports/${this.id}/confirm`, { items: chosen }).catch((error) => this.setState({ error: error.message }));
    if (!row) return;
    this.setState({ row, step: 3, error: "" });
    void this.look();
  };

  /** @param {{session: Session}} props @param {State} state */
  render({ session }, state) {
    const { row, step, error, chosen } = state;
    if (!row) return html`<p class="dim">${error || "Loading…"}</p>`;
    const step_ = row.state === "failed" && row.found === 0 ? 0 : step;
    return html`<${Way} at=${step_} /><div class="stack l">
      ${error && html`<div class="note bad row top" role="alert"><${Icon} name="alert" kind="bad" /><p>${error}</p></div>`}
      ${step_ === 0 && html`<div class="note bad row top" role="alert"><${Icon} name="alert" kind="bad" /><p>${summaryOf(row)}</p></div><div><a class="btn" href="/imports">Choose another source</a></div>`}
      ${step_ === 1 && this.select(state, row)}
      ${step_ === 2 && html`<${Review} id=${this.id} numbers=${chosen} back=${() => this.setState({ step: 1 })} confirm=${this.confirm} />`}
      ${step_ === 3 && this.result(session, state, row)}</div>`;
  }

  /** @param {State} state @param {ImportRow} row */
  select({ items, next, chosen, text }, row) {
    const ready = items.filter((item) => item.standing === "new").map((item) => item.number);
    const left = Object.entries(row.missing);
    const odd = Object.entries(row.ignored).map(([kind, count]) => `${count} ${kind}`);
    return html`<div class="row wrap"><div class="grow"><h2>Which ones?</h2><p class="dim" role="status">${isBusy(row) ? summaryOf(row) : `${row.found} found`}, ${chosen.length} chosen.</p></div>
        <label class="find"><span class="vh">Filter</span><${Icon} name="search" small /><input type="search" placeholder="Filter" autocomplete="off" value=${text}
          onInput=${(/** @type {any} */ event) => this.setState({ text: event.target.value }, () => void this.list(""))} /></label>
        <button type="button" class="btn" disabled=${!ready.length} onClick=${() => this.setState({ chosen: ready })}>Choose all ready</button></div>
      ${left.map(([id, why]) => html`<div class="note warn row top"><${Icon} name="alert" kind="warn" /><p><code>${id}</code>: ${why}</p></div>`)}
      ${odd.length > 0 && html`<p class="sm dim">Not taken in: ${odd.join(", ")}.</p>`}
      <fieldset class="box"><legend class="vh">What was found</legend>
        ${items.map((item) => html`<label class="pick" key=${item.number}><input type="checkbox" checked=${chosen.includes(item.number)} disabled=${item.standing === "ours"}
            onChange=${(/** @type {any} */ event) => this.choose(item.number, event.target.checked)} />
          <span class="grow"><b><bdi>${item.name || item.remote_id || item.kind}</bdi></b><small>${[item.kind, item.model, item.says].filter(Boolean).join(" · ")}${item.same_as && ` · the same as ${item.same_as}`}</small></span>
          ${item.unused && html`<span class="tag">unused here</span>`}<span class="tag ${standingOf(item).kind}">${standingOf(item).word}</span></label>`)}
        ${!items.length && html`<p class="pad dim">${isBusy(row) ? "Reading…" : text ? "Nothing fits." : "There is nothing in it that can be taken in."}</p>`}</fieldset>
      ${next && html`<div><button type="button" class="btn quiet" onClick=${() => void this.list(next)}>More</button></div>`}
      <div class="row"><a class="btn quiet" href="/imports">Back</a><span class="grow"></span><a class="btn quiet" href="/agents">Leave</a>
        <button type="button" class="btn pri" disabled=${!chosen.length || isBusy(row)} onClick=${() => this.setState({ step: 2 })}>Review ${chosen.length || ""}</button></div>`;
  }

  /** @param {Session} session @param {State} state @param {ImportRow} row */
  result(session, { items, next }, row) {
    const total = row.chosen + row.done + row.failed;
    const tried = items.filter((item) => item.state !== "found");
    return html`<div><h2 role="status">${summaryOf(row)}</h2><p class="dim">The original is kept beside each; changing or deleting it at its source changes nothing here.</p></div>
      ${isBusy(row) && html`<progress value=${row.done + row.failed} max=${Math.max(1, total)} aria-label="Taken in"></progress>`}
      <ul class="box list">${tried.map((item) => {
        const { mark, kind, text } = resultOf(item);
        return html`<li class="line" key=${item.number}><${Icon} name=${mark} kind=${kind} /><span class="grow"><b><bdi>${item.name || item.remote_id || item.kind}</bdi></b><small>${text}</small></span>
          ${item.state === "done" && item.thread && html`<a class="btn" href="/t/${item.thread}">Open the thread</a>`}
          ${item.state === "done" && item.agent && !item.thread && html`<button type="button" class="btn" onClick=${() => void session.desk.chat(/** @type {string} */ (item.agent))}>Start a chat</button>`}</li>`;
      })}</ul>
      ${next && html`<div><button type="button" class="btn quiet" onClick=${() => void this.list(next)}>More</button></div>`}
      <div class="row">${!isBusy(row) && html`<button type="button" class="btn quiet" onClick=${() => this.setState({ step: 1, chosen: [] })}>Take in more of it</button>`}
        <span class="grow"></span><a class="btn pri" href="/agents">Go to agents</a></div>`;
  }
}
