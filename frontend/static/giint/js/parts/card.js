// One transcript as a card: a poll, a duo, or whatever else a tool did, live while it is open.

/** @import { EntryRow, TranscriptRow } from "../events.d.ts" */
/** @import { Session } from "../session.js" */
/** @import { ThreadState } from "../wire.d.ts" */
import { Component } from "preact";
import { took } from "../format.js";
import { html, Icon, IconButton } from "../html.js";
import { entriesOf } from "../path.js";
import { pollOf, standingOf } from "../poll_values.js";
import { DuoBody } from "./duo.js";
import { Entries } from "./entries.js";
import { PollBody } from "./poll.js";
import { ICONS } from "./steps.js";

/** @typedef {{row: TranscriptRow, session: Session, asked: number, here: boolean}} Props  `asked`: the how manieth that was asked for from the chat, 0 for not */

/** @type {Record<string, string>} */
export const NAMES = { x_poll: "Poll", duo: "Duo" };

/**
 * The entries of a transcript: the open thread's stream has those that grow, others were fetched.
 * @param {Session} session @param {string} id
 * @returns {EntryRow[] | null} null: nobody has asked for them yet
 */
export function entriesFor({ store }, id) {
  const thread = /** @type {ThreadState | null} */ (store.get("thread"));
  const whole = store.get("wholes")[id];
  const fetched = Object.fromEntries((whole?.entries ?? []).map((/** @type {EntryRow} */ entry) => [entry.id, entry]));
  const entries = entriesOf({ entries: { ...fetched, ...thread?.entries } }, id);
  return entries.length || whole ? entries : null;
}

export class Card extends Component {
  // One that was open when it was first seen stays unfolded when it ends: nothing jumps.
  state = { unfolded: /** @type {Props} */ (/** @type {unknown} */ (this.props)).row.status === "open" };
  /** @type {HTMLElement | null} */ head = null;

  componentDidMount() {
    const { row, session, here } = /** @type {Props} */ (this.props);
    if (this.state.unfolded && !here) void session.side.load(row.id); // what grows there, this page does not follow
    this.#come();
  }

  /** @param {Props} before */
  componentDidUpdate(before) {
    if (before.asked !== /** @type {Props} */ (this.props).asked) this.#come();
  }

  /** It was asked for from the chat: into view with it. */
  #come() {
    if (!/** @type {Props} */ (this.props).asked) return;
    if (!this.state.unfolded) this.setState({ unfolded: true });
    this.head?.scrollIntoView({ block: "nearest" });
    this.head?.focus({ preventScroll: true });
  }

  unfold = () => {
    const { row, session } = /** @type {Props} */ (this.props);
    this.setState({ unfolded: !this.state.unfolded });
    if (!session.store.peek("wholes")[row.id]) void session.side.load(row.id);
  };

  /** @param {Props} props @param {{unfolded: boolean}} state */
  render({ row, session, here }, { unfolded }) {
    const { store } = session;
    const thread = /** @type {ThreadState | null} */ (store.get("thread"));
    const progress = thread?.progress[row.call];
    const entries = entriesFor(session, row.id);
    const poll = row.tool === "x_poll" ? pollOf(row, entries ?? [], thread?.calls[row.call], progress) : null;
    const id = `card-${row.id}`;
    const live = row.status === "open" && here;
    const shown = unfolded ? (entries ?? []) : [];
    const props = { row, entries: shown, session, live, unfolded };
    return html`<section class="tr" aria-labelledby=${id} aria-busy=${String(live)}>
      <${Head} row=${row} session=${session} standing=${standingOf(row, progress, poll)} />
      <h2 id=${id} tabindex="-1" dir="auto" ref=${(/** @type {HTMLElement | null} */ element) => { this.head = element; }}>${row.title}</h2>
      ${poll ? html`<${PollBody} ...${props} poll=${poll} />` : row.tool === "duo" ? html`<${DuoBody} ...${props} />` : html`<${Entries} entries=${shown} session=${session} />`}
      ${!here && html`<p class="xs"><a href="/t/${row.thread}">In its thread</a></p>`}
      ${row.status !== "open" && html`<button type="button" class="btn quiet sm" aria-expanded=${String(unfolded)} onClick=${this.unfold}>
        ${unfolded ? "Fold up" : "Show all of it"}<${Icon} name="down" small kind=${unfolded ? "flip-up" : ""} /></button>`}
      ${unfolded && !live && entries === null && html`<p class="dim sm">Loading…</p>`}</section>`;
  }
}

/** @param {{row: TranscriptRow, session: Session, standing: string}} props */
function Head({ row, session, standing }) {
  const { store, deeds } = session;
  const name = NAMES[row.tool] ?? row.tool;
  const open = row.status === "open" && row.hold !== "stopped";
  const paused = row.hold === "paused";
  return html`<div class="row sm dim">${row.status === "open" ? html`<span class="bars" aria-hidden="true"></span>` : html`<${Icon} name=${ICONS[row.tool] ?? "side"} />`}
    <b><bdi>${name}</bdi></b><span class="num cut">${standing && html`<span class=${row.status === "failed" ? "bad" : ""}>${standing}</span> · `}<${Elapsed} row=${row} store=${store} /></span><span class="grow"></span>
    <a class="btn quiet icon" href="/transcripts/${row.id}" aria-label="Open as a page" title="Open as a page"><${Icon} name="open" /></a>
    ${open && row.tool === "duo" && html`<${IconButton} name=${paused ? "play" : "pause"} label=${paused ? "Let it go on" : `Pause the ${name.toLowerCase()}`}
      onClick=${() => void deeds.hold(row.id, paused ? "" : "paused")} />`}
    ${open && html`<${IconButton} name="stop" label=${`Stop the ${name.toLowerCase()}`} onClick=${() => void deeds.hold(row.id, "stopped")} />`}</div>`;
}

/** It ticks by itself, so that the card is not drawn again for it. @param {{row: TranscriptRow, store: Session["store"]}} props */
export const Elapsed = ({ row, store }) => took(row.opened, row.closed, row.closed ? 0 : store.get("now"));
