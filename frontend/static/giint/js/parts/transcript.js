// One transcript on a page of its own: what a tool does beside the chat, live while it is open.

/** @import { EntryRow, TranscriptRow } from "../events.d.ts" */
/** @import { Poll } from "../poll_values.js" */
/** @import { ThreadState, WholeTranscript } from "../wire.d.ts" */
/** @import { Session } from "../session.js" */
import { Component } from "preact";
import { api } from "../api.js";
import { moment, titleOf } from "../format.js";
import { html, Icon } from "../html.js";
import { entriesOf } from "../path.js";
import { pollOf, turnsOf } from "../poll_values.js";
import { Banner } from "./banner.js";
import { Elapsed, NAMES } from "./card.js";
import { DrawerButton } from "./chat.js";
import { Turn } from "./duo.js";
import { Entries } from "./entries.js";
import { Dissent, isDissent, Synthesis, Tally } from "./poll.js";
import { ICONS } from "./steps.js";
import { STATUS } from "./transcripts.js";

/** @typedef {{session: Session}} Props */
/** @typedef {{whole: WholeTranscript | null, text: string}} State */

export class Transcript extends Component {
  /** @type {State} */
  state = { whole: null, text: "" };

  componentDidMount() {
    void this.load();
  }

  /** @returns {Session} */
  get session() {
    return /** @type {Props} */ (this.props).session;
  }

  async load() {
    const { store, places } = this.session;
    const id = store.peek("route").part ?? "";
    const whole = await api("GET", `transcripts/${encodeURIComponent(id)}`).catch((error) => places.fault(error));
    if (!whole) return;
    this.setState({ whole });
    await places.beside(whole.transcript.thread);
  }

  /** @param {string} path @param {"POST" | "PUT"} method @param {unknown} body */
  async tell(path, method, body) {
    const id = this.state.whole?.transcript.id;
    await api(method, `transcripts/${id}/${path}`, body).catch((error) => this.session.places.fault(error));
  }

  /** @param {Event} event */
  say = (event) => {
    event.preventDefault();
    const text = this.state.text.trim();
    if (!text) return;
    this.setState({ text: "" });
    void this.tell("entries", "POST", { text });
  };

  /** To where it grows beside its thread. Where another window is wanted, the link is a link. @param {MouseEvent} event */
  back = (event) => {
    const row = this.state.whole?.transcript;
    if (!row || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    void this.session.places.go({ page: "chat", thread: row.thread, part: "" });
    this.session.side.show(row.id);
  };

  /** @param {Props} props @param {State} state */
  render({ session }, { whole, text }) {
    const { store } = session;
    const thread = /** @type {ThreadState | null} */ (store.get("thread"));
    const { row, entries } = shown(thread, whole);
    const missing = !whole && store.get("missing");
    return html`<main class="main" id="main"><header class="bar"><${DrawerButton} session=${session} /><b class="grow cut">Transcript</b>
        ${row && html`<a class="btn quiet" href=${`/t/${row.thread}`} aria-label="Back to the side window" onClick=${this.back}><${Icon} name="side" /><span class="hide-s">Back to the side window</span></a>`}</header>
      <${Banner} session=${session} />
      <div class="scroll" tabindex="0" role="group" aria-label="Entries"><div class="${row?.tool === "x_poll" ? "page" : "col"} stack l" role="log" aria-label="Transcript" aria-live="off">
        ${missing ? html`<h1>Not found</h1><p>There is no such transcript here, or it is not yours.</p>` : !row && html`<p class="dim">Loading…</p>`}
        ${row && html`<${Head} row=${row} session=${session} hold=${(/** @type {string} */ hold) => void this.tell("hold", "PUT", { hold })} />
          <${Body} row=${row} entries=${entries} session=${session} grew=${whole?.transcript.status === "open"} />`}</div></div>
      ${row?.status === "open" && row.tool !== "x_poll" && html`<div class="dock"><form class="composer" onSubmit=${this.say}><label class="vh" for="say">Say something into it</label>
        <textarea id="say" rows="1" dir="auto" placeholder="Say something into it" value=${text}
          onInput=${(/** @type {any} */ event) => this.setState({ text: event.target.value })}></textarea>
        <div class="row"><span class="grow"></span><button type="submit" class="btn pri icon round" aria-label="Say" disabled=${!text.trim()}><${Icon} name="send" /></button></div></form></div>`}</main>`;
  }
}

/**
 * The transcript as its thread's stream has it, or as it was fetched; entries from both.
 * @param {ThreadState | null} thread @param {WholeTranscript | null} whole
 * @returns {{row: TranscriptRow | null, entries: EntryRow[]}}
 */
export function shown(thread, whole) {
  if (!whole) return { row: null, entries: [] };
  const { id } = whole.transcript;
  const live = thread?.thread?.id === whole.transcript.thread ? thread : null;
  const fetched = Object.fromEntries(whole.entries.map((row) => [row.id, row]));
  const entries = entriesOf({ entries: { ...fetched, ...live?.entries } }, id);
  return { row: live?.transcripts[id] ?? whole.transcript, entries };
}

/** @param {{row: TranscriptRow, session: Session, hold: (hold: string) => void}} props */
function Head({ row, session: { store }, hold }) {
  const open = row.status === "open";
  const paused = open && row.hold === "paused";
  const of = store.get("me").threads[row.thread] ?? store.get("thread")?.thread;
  const to = (/** @type {string} */ kind) => `/api/v1/transcripts/${row.id}/export?as=${kind}`;
  return html`<header class="stack t"><div class="row wrap sm dim">${open ? html`<span class="bars" aria-hidden="true"></span>` : html`<${Icon} name=${ICONS[row.tool] ?? "side"} />`}
      <b><bdi>${NAMES[row.tool] ?? row.tool}</bdi></b><time dateTime=${row.opened}>${moment(row.opened)}</time><span class="num"><${Elapsed} row=${row} store=${store} /></span>
      ${paused ? html`<span class="tag warn">paused</span>` : STATUS[row.status]}</div>
    <h1 dir="auto">${row.title}</h1>
    <div class="row wrap"><span class="sm grow from">From <a href="/t/${row.thread}"><bdi>${of ? titleOf(of) : "its thread"}</bdi></a></span>
      ${open && row.hold !== "stopped" && html`${row.tool !== "x_poll" && html`<button type="button" class="btn" onClick=${() => hold(paused ? "" : "paused")}>
          <${Icon} name=${paused ? "play" : "pause"} />${paused ? "Go on" : "Pause"}</button>`}
        <button type="button" class="btn" onClick=${() => hold("stopped")}><${Icon} name="stop" />Stop</button>`}
      <a class="btn" href=${to("md")} download><${Icon} name="download" />Markdown</a>
      <a class="btn" href=${to("json")} download><${Icon} name="code" />JSON</a></div></header>`;
}

/** @param {{row: TranscriptRow, entries: EntryRow[], session: Session, grew: boolean}} props  `grew`: it was open when the page came */
function Body({ row, entries, session, grew }) {
  const { store } = session;
  const thread = /** @type {ThreadState | null} */ (store.get("thread"));
  if (row.tool === "x_poll") {
    const poll = pollOf(row, entries, thread?.calls[row.call], thread?.progress[row.call]);
    return html`<${PollPage} poll=${poll} session=${session} live=${row.status === "open"} grew=${grew} />`;
  }
  const { agents } = store.get("me");
  return html`<div>${row.tool === "duo" ? turnsOf(entries).map(({ entry, side }) => html`<${Turn} key=${entry.id} entry=${entry} side=${side} agents=${agents} whole />`)
    : html`<${Entries} entries=${entries} session=${session} whole />`}</div>`;
}

/** What came of it stands first; one that grew while it was read keeps its order: nothing jumps. @param {{poll: Poll, session: Session, live: boolean, grew: boolean}} props */
function PollPage({ poll, session, live, grew }) {
  const synthesis = html`<${Synthesis} poll=${poll} live=${live} kind="" />`;
  return html`<div class="two"><div class="stack l">${!grew && synthesis}
      <section aria-label="Answers"><${Entries} entries=${poll.answers} session=${session} whole /></section>${grew && synthesis}</div>
    <aside class="stack first" aria-label="Tally"><section class="box pad"><h2 class="lab">Tally</h2><${Tally} poll=${poll} session=${session} /></section>
      ${isDissent(poll.dissent) && html`<section class="box pad"><${Dissent} poll=${poll} /></section>`}</aside></div>`;
}
