// What went on beside the chat: this thread's transcripts, or all of the person's, as cards that grow while they are open.

/** @import { Session } from "../session.js" */
/** @import { Found } from "../side_window.js" */
/** @import { ThreadState } from "../wire.d.ts" */
import { Component } from "preact";
import { html, Icon } from "../html.js";
import { hasMoreOf, listedOf } from "../side_window.js";
import { Card } from "./card.js";

/** @typedef {{session: Session}} Props */

/** What is typed into the search is asked for after a pause of so many ms. */
const PAUSE_MS = 250;

export class SideTranscripts extends Component {
  /** @type {any} */ timer = null;
  /** How much was new when the list was last fetched. */
  fresh = 0;

  get session() {
    return /** @type {Props} */ (this.props).session;
  }

  componentWillUnmount() {
    clearTimeout(this.timer);
  }

  /** What came in another thread is in no stream that this page follows. */
  componentDidUpdate() {
    const fresh = this.session.store.peek("me").new.transcripts;
    if (fresh > this.fresh) void this.session.side.again();
    this.fresh = fresh;
  }

  /** @param {any} event */
  search = (event) => {
    const text = event.target.value;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.session.side.find({ text }), PAUSE_MS);
  };

  /** @param {Props} props */
  render({ session }) {
    const { store, side } = session;
    const found = /** @type {Found} */ (store.get("found"));
    const thread = /** @type {ThreadState | null} */ (store.get("thread"));
    const rows = listedOf(found, thread);
    const asking = (found.all || found.text.trim() !== "") && found.rows === null;
    store.get("me").new; // followed: see componentDidUpdate
    return html`<div class="tr stack t"><label class="find"><span class="vh">Search transcripts</span><${Icon} name="search" small />
        <input type="search" placeholder="Search transcripts" autocomplete="off" defaultValue=${found.text} onInput=${this.search} /></label>
      <div class="row wrap sm"><label class="row grow"><input type="checkbox" checked=${found.all}
          onChange=${(/** @type {any} */ event) => void side.find({ all: event.target.checked })} />All threads</label>
        <a href="/transcripts">On a page</a></div></div>
      ${rows.length === 0 && !asking && html`<p class="tr dim sm">${emptyWords(found)}</p>`}
      ${rows.map((row) => html`<${Card} key=${row.id} row=${row} session=${session} asked=${found.shown === row.id ? found.times : 0} here=${row.thread === thread?.thread?.id} />`)}
      ${hasMoreOf(found, thread) && html`<div class="tr"><button type="button" class="btn quiet full" onClick=${() => void side.more()}>Older transcripts</button></div>`}`;
  }
}

/** @param {Found} found */
function emptyWords({ all, text }) {
  if (text.trim()) return "No transcript has these words.";
  if (all) return "Nothing yet. Polls and duos are kept here: begin a message with /poll or /duo.";
  return "Nothing went on beside this chat yet. Begin a message with /poll to ask several agents, with /duo to let two talk.";
}
