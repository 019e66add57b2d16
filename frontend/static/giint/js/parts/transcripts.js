// The page of all transcripts: searched, by tool, page by page.

/** @import { TranscriptRow } from "../events.d.ts" */
/** @import { Session } from "../session.js" */
import { Component } from "preact";
import { api } from "../api.js";
import { ago, moment } from "../format.js";
import { html, Icon } from "../html.js";
import { Banner } from "./banner.js";
import { DrawerButton } from "./chat.js";
import { ChoiceField } from "./field.js";
import { ICONS } from "./steps.js";

/** @typedef {{session: Session}} Props */
/** @typedef {{text: string, tool: string, rows: TranscriptRow[] | null, next: string | null}} State */

/** What is typed into the search is asked for after a pause of so many ms. */
const PAUSE_MS = 250;
/** @type {[string, string][]} */
const TOOLS = [["", "Every tool"], ["x_poll", "Polls"], ["duo", "Duos"]];
/** @type {Record<TranscriptRow["status"], any>} */
export const STATUS = {
  open: html`<span class="tag on">live</span>`, done: html`<span class="tag ok">finished</span>`,
  failed: html`<span class="tag bad">failed</span>`, cancelled: html`<span class="tag">stopped</span>`,
};

export class Transcripts extends Component {
  /** @type {State} */ state = { text: "", tool: "", rows: null, next: null };
  /** @type {any} */ timer = null;
  /** Counts what was asked: an answer to what is no longer asked is dropped. */
  asked = 0;

  componentDidMount() {
    void this.load("");
  }

  componentWillUnmount() {
    clearTimeout(this.timer);
  }

  /** @param {string} before */
  async load(before) {
    const asked = (this.asked += 1);
    const { text, tool } = this.state;
    const wanted = { ...(text.trim() && { q: text.trim() }), ...(tool && { tool }), ...(before && { before }) };
    const { places } = /** @type {Props} */ (this.props).session;
    const answer = await api("GET", `transcripts?${new URLSearchParams(wanted)}`).catch((error) => places.said(error));
    if (!answer || asked !== this.asked) return;
    this.setState((/** @type {State} */ { rows }) => ({ rows: [...(before ? (rows ?? []) : []), ...answer.transcripts], next: answer.next }));
  }

  /** @param {Partial<State>} change @param {number} pause */
  find(change, pause) {
    clearTimeout(this.timer);
    this.setState(change);
    this.timer = setTimeout(() => void this.load(""), pause);
  }

  /** @param {Props} props @param {State} state */
  render({ session }, { text, tool, rows, next }) {
    const { threads } = session.store.get("me");
    return html`<main class="main" id="main"><header class="bar"><${DrawerButton} session=${session} /><h1 class="grow cut">Transcripts</h1></header>
      <${Banner} session=${session} />
      <div class="scroll" tabindex="0" role="group" aria-label="Transcripts"><div class="page stack">
        <p class="dim">What went on beside your chats: polls, duos, and whatever else your agents’ tools wrote down.</p>
        <div class="row wrap"><label class="find grow"><span class="vh">Search transcripts</span><${Icon} name="search" small />
          <input type="search" placeholder="Words of a title or of an entry" autocomplete="off" value=${text}
            onInput=${(/** @type {any} */ event) => this.find({ text: event.target.value }, PAUSE_MS)} /></label>
          <${ChoiceField} id="tool" label=${html`<span class="vh">Tool</span>`} value=${tool} options=${TOOLS} onChange=${(/** @type {string} */ value) => this.find({ tool: value }, 0)} /></div>
        ${rows && rows.length === 0 && html`<p class="box pad dim">${text.trim() || tool ? "Nothing found." : "Nothing yet. Begin a message with /poll or /duo."}</p>`}
        ${rows && rows.length > 0 && html`<ul class="box list">${rows.map((row) => html`<li key=${row.id}><a class="line go" href="/transcripts/${row.id}">
          <${Icon} name=${ICONS[row.tool] ?? "side"} /><span class="grow" dir="auto">${row.title}<small>${threads[row.thread]?.title && html`<bdi>${threads[row.thread].title}</bdi> · `}
            <time dateTime=${row.opened} title=${moment(row.opened)}>${ago(row.opened, Date.now())}</time></small></span>${STATUS[row.status]}</a></li>`)}</ul>`}
        ${next && html`<div class="row"><button type="button" class="btn quiet" onClick=${() => void this.load(next)}>Older</button></div>`}</div></div></main>`;
  }
}
