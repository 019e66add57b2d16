// One transcript on a page of its own: what a tool does beside the chat, live while it is open.

/** @import { AgentRow, EntryRow, TranscriptRow } from "../events.d.ts" */
/** @import { ThreadState, WholeTranscript } from "../wire.d.ts" */
/** @import { Session } from "../session.js" */
import { Component } from "preact";
import { api } from "../api.js";
import { clock, initials, moment } from "../format.js";
import { html, Icon, Tile } from "../html.js";
import { entriesOf } from "../path.js";
import { pollOf } from "../poll_values.js";
import { Banner } from "./banner.js";
import { DrawerButton } from "./chat.js";
import { Dissent, Tally } from "./poll.js";
import { Prose } from "./prose.js";

/** @type {Record<TranscriptRow["status"], string>} */
const STATUS = { open: "Live", done: "Done", failed: "Failed", cancelled: "Stopped" };

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

  /** @param {Props} props @param {State} state */
  render({ session }, { whole, text }) {
    const { store } = session;
    const thread = /** @type {ThreadState | null} */ (store.get("thread"));
    const { row, entries } = shown(thread, whole);
    const poll = row?.tool === "x_poll" ? pollOf(row, entries, thread?.calls[row.call], thread?.progress[row.call]) : null;
    const missing = !whole && store.get("missing");
    const title = row?.title ?? (missing ? "Not found" : "Loading…");
    return html`<main class="main" id="main"><header class="bar"><${DrawerButton} session=${session} /><h1 class="grow cut" dir="auto">${title}</h1>
        ${row && html`<a class="btn quiet" href=${`/t/${row.thread}`}><${Icon} name="open" small />In its thread</a>`}</header>
      <${Banner} session=${session} />
      <div class="scroll" tabindex="0" role="group" aria-label="Entries"><div class="col" role="log" aria-label="Transcript" aria-live="off">
        ${missing && html`<p>There is no such transcript here, or it is not yours.</p>`}
        ${row && html`<${Head} row=${row} hold=${(/** @type {string} */ hold) => void this.tell("hold", "PUT", { hold })} />`}
        ${poll && html`<div class="box pad"><h2 class="lab">Tally</h2><${Tally} poll=${poll} session=${session} /><${Dissent} poll=${poll} /></div>`}
        ${entries.map((entry) => html`<${Entry} key=${entry.id} entry=${entry} agents=${store.get("me").agents} />`)}</div></div>
      ${row?.status === "open" && html`<div class="dock"><form class="composer" onSubmit=${this.say}><label class="vh" for="say">Say something into it</label>
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

/** @param {{row: TranscriptRow, hold: (hold: string) => void}} props */
function Head({ row, hold }) {
  const paused = row.hold === "paused";
  const to = (/** @type {string} */ kind) => `/api/v1/transcripts/${row.id}/export?as=${kind}`;
  return html`<div class="row wrap"><span class="chip">${row.status === "open" && html`<span class="bars" aria-hidden="true"></span>`}${paused ? "Paused" : STATUS[row.status]}</span>
    <time class="sm dim" dateTime=${row.opened}>${moment(row.opened)}</time><span class="grow"></span>
    ${row.status === "open" && row.hold !== "stopped" && html`<button type="button" class="btn quiet" onClick=${() => hold(paused ? "" : "paused")}>
        <${Icon} name=${paused ? "play" : "pause"} small />${paused ? "Go on" : "Pause"}</button>
      <button type="button" class="btn quiet" onClick=${() => hold("stopped")}><${Icon} name="stop" small />Stop</button>`}
    <a class="btn quiet" href=${to("md")} download><${Icon} name="download" small />Markdown</a>
    <a class="btn quiet" href=${to("json")} download>JSON</a></div>`;
}

/** @param {{entry: EntryRow, agents: AgentRow[]}} props */
function Entry({ entry, agents }) {
  const live = entry.status === "streaming";
  const tile = agents.find((row) => row.id === entry.agent)?.tile ?? 6;
  return html`<article class="msg ${entry.kind === "person" ? "me" : ""}" aria-busy=${live}>
    <header class="who"><${Tile} letters=${initials(entry.name)} tile=${tile} /><b><bdi>${entry.name}</bdi></b>
      ${entry.model && html`<bdi class="dim sm cut">${entry.model}</bdi>`}${entry.choice && html`<span class="chip"><bdi>${entry.choice}</bdi></span>`}
      <time dateTime=${entry.started}>${clock(entry.started)}</time></header>
    <div class="said">${(entry.text || live) && html`<${Prose} text=${entry.text} live=${live} />`}</div>
    ${entry.sentence && html`<div class="sep broken"><${Icon} name="alert" small kind="bad" /><span>${entry.sentence}</span></div>`}</article>`;
}
