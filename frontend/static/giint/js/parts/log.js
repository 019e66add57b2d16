// The conversation: a window of its articles, and a view that follows the end only for who is there.

/** @import { Outgoing, ThreadState } from "../wire.d.ts" */
/** @import { Session } from "../session.js" */
import { Component } from "preact";
import { copy } from "../clipboard.js";
import { consoleFor } from "../console_values.js";
import { html, Icon } from "../html.js";
import { activeRun, approvalsOf, articlesOf, callsOf, cutBefore, lastRunFor, queuedOf } from "../path.js";
import { ConsoleArticle } from "./console.js";
import { Answer, Leaving, Mine, Queued } from "./message.js";

/** Articles drawn at first, and more at each "Older messages". */
const STEP = 40;
/** Closer to the end than this is at the end. */
const NEAR = 80;

/** @param {MouseEvent} event */
function copyCode(event) {
  const button = event.target instanceof Element ? event.target.closest("[data-copy]") : null;
  if (!(button instanceof HTMLElement)) return;
  void copy(button.closest(".code")?.querySelector("pre")?.textContent ?? "").then((done) => {
    if (done) button.textContent = "Copied";
    setTimeout(() => (button.textContent = "Copy"), 2000);
  });
}

export class Log extends Component {
  state = { shown: STEP, below: false };
  /** @type {HTMLElement | null} */ box = null;
  /** @type {HTMLElement | null} */ column = null;
  atEnd = true;
  /** Where the view was at the last scroll: only who goes up leaves the end. */
  top = 0;
  /** How many messages of this tab were on their way at the last drawing. */
  leaving = 0;
  seen = { leaving: 0 };
  /** Where the view is, counted from the end, while older messages come in above. */
  fromEnd = -1;
  /** @type {(() => void) | undefined} */ unheard;
  watcher = new ResizeObserver(() => this.grown());

  componentDidMount() {
    const { session } = /** @type {{session: Session}} */ (this.props);
    this.unheard = session.side.onReveal((id) => void this.reveal(id));
    if (this.column) this.watcher.observe(this.column);
    if (this.box) this.watcher.observe(this.box);
    this.toEnd();
  }

  componentWillUnmount() {
    this.unheard?.();
    this.watcher.disconnect();
  }

  /** Before older articles are put above: remember the place. */
  hold() {
    if (this.box) this.fromEnd = this.box.scrollHeight - this.box.scrollTop;
  }

  componentDidUpdate() {
    const { leaving } = this.seen;
    if (leaving > this.leaving) this.toEnd();
    this.leaving = leaving;
    if (this.fromEnd < 0 || !this.box) return;
    this.box.scrollTop = this.box.scrollHeight - this.fromEnd;
    this.fromEnd = -1;
  }

  grown() {
    if (this.atEnd) this.toEnd();
    else if (!this.state.below && this.distance() > NEAR) this.setState({ below: true });
  }

  distance() {
    return this.box ? this.box.scrollHeight - this.box.scrollTop - this.box.clientHeight : 0;
  }

  // Text that came since the view was moved makes a distance, too; it is not the reader who left.
  scrolled = () => {
    const top = this.box?.scrollTop ?? 0;
    if (this.distance() <= NEAR) this.atEnd = true;
    else if (top < this.top) this.atEnd = false;
    this.top = top;
    if (this.atEnd && this.state.below) this.setState({ below: false });
  };

  toEnd = () => {
    this.atEnd = true;
    if (this.box) {
      this.box.scrollTop = this.box.scrollHeight;
      this.top = this.box.scrollTop;
    }
    if (this.state.below) this.setState({ below: false });
  };

  /** A message that was asked for from beside the chat comes into view, however far up it is. @param {string} id */
  async reveal(id) {
    const { session } = /** @type {{session: Session}} */ (this.props);
    const thread = () => /** @type {ThreadState | null} */ (session.store.peek("thread"));
    for (let now = thread(); now && !document.getElementById(id); now = thread()) {
      const hidden = Math.max(0, articlesOf(now).length - this.state.shown);
      if (!hidden && !now.older) break;
      const before = Object.keys(now.messages).length;
      await this.older(now, hidden);
      await new Promise((resolve) => setTimeout(resolve));
      if (!hidden && Object.keys(thread()?.messages ?? {}).length === before) break; // it could not be loaded, which was said
    }
    const found = document.getElementById(id);
    if (!found) return session.store.set("toast", "That message is on another branch of this thread.");
    this.atEnd = false;
    found.scrollIntoView({ block: "start" });
    found.focus({ preventScroll: true });
  }

  /** @param {ThreadState} thread @param {number} hidden articles that are loaded and not drawn */
  async older(thread, hidden) {
    this.hold();
    const { session } = /** @type {{session: Session}} */ (this.props);
    if (hidden === 0 && thread.older) await session.places.older();
    this.hold();
    this.setState({ shown: this.state.shown + STEP });
  }

  /** @param {{session: Session, thread: ThreadState | null}} props */
  render({ session, thread }) {
    const { store } = session;
    const here = store.get("route").thread;
    const outgoing = /** @type {Outgoing[]} */ (store.get("outbox")).filter((item) => item.thread === here);
    const leaving = outgoing.filter((item) => item.again === null);
    const online = store.get("link").status === "open";
    this.seen = { leaving: leaving.length };
    return html`<div class="scroll" tabindex="0" role="group" aria-label="Messages" onScroll=${this.scrolled} onClick=${copyCode}
        ref=${(/** @type {HTMLElement | null} */ element) => { this.box = element; }}>
      <div class="col" role="log" aria-label="Conversation" aria-live="off" ref=${(/** @type {HTMLElement | null} */ element) => { this.column = element; }}>
        ${thread && this.articles(thread, session, online, outgoing.length > leaving.length)}
        ${leaving.map((item) => html`<${Leaving} key=${item.id} item=${item} online=${online} session=${session} />`)}</div></div>
      ${this.state.below && html`<div class="to-end"><button type="button" class="btn round jump" onClick=${this.toEnd}><${Icon} name="down" small />New text below</button></div>`}`;
  }

  /** @param {ThreadState} thread @param {Session} session @param {boolean} online @param {boolean} asking again, already */
  articles(thread, session, online, asking) {
    const all = articlesOf(thread);
    const hidden = Math.max(0, all.length - this.state.shown);
    const { agents } = session.store.get("me");
    const running = activeRun(thread) !== null;
    const nameOf = (/** @type {string | null | undefined} */ id) => agents.find((/** @type {any} */ agent) => agent.id === id)?.name ?? "the agent";
    const queued = queuedOf(thread).filter((message) => message.role === "user"); // what waits from outside is in the side window
    return html`
      ${(hidden > 0 || thread.older) && html`<div class="older"><button type="button" class="btn quiet" onClick=${() => void this.older(thread, hidden)}>Older messages</button></div>`}
      ${all.slice(hidden).map((one) => one.kind === "me"
        ? html`<${Mine} key=${one.key} message=${one.message} session=${session} calls=${callsOf(thread, one.message.id)}
            progress=${running ? thread.progress : NONE} />`
        : one.kind === "console" ? html`<${ConsoleArticle} key=${one.key} message=${one.message} row=${consoleFor(thread, one.message.id)}
            cut=${cutBefore(thread, one.message.id)} agent=${nameOf(lastRunFor(thread, one.message.id)?.agent)} />`
        : html`<${Answer} key=${one.key} messages=${one.messages} run=${one.run} busy=${running || asking} toConsole=${thread.messages[one.run?.message ?? ""]?.role === "console"} last=${one === all.at(-1)} session=${session}
            agent=${agents.find((/** @type {any} */ agent) => agent.id === (one.run?.agent ?? one.messages[0]?.agent)) ?? null}
            calls=${one.messages.flatMap((row) => callsOf(thread, row.id))} approvals=${one.messages.flatMap((row) => approvalsOf(thread, row.id))} progress=${one.run && running ? thread.progress : NONE} />`)}
      ${queued.map((message) => html`<${Queued} key=${message.id} message=${message} online=${online} session=${session} />`)}`;
  }
}

const NONE = {};
