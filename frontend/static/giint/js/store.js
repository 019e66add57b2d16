// The one store. Every piece of state is declared here with where it lives; an undeclared key is refused.
//
// server: made by the reducers from the journal; only `receive` writes it.
// synced: the person's own choices, the same on all their pages; goes through the socket's `state` op.
// local:  of this page alone.

/** @import { Signal } from "@preact/signals" */
/** @import { Bootstrap, StreamFrame, ThreadState, UserState } from "./wire.d.ts" */
import { computed, signal } from "@preact/signals";
import { fromSnapshot, reduce } from "./reducer.js";
import { CALLED, FOUND } from "./side_window.js";
import { LIVE } from "./thread_list.js";

/** @typedef {{kind: "server" | "synced" | "local", first: unknown}} Declared */
/**
 * @typedef {{page: "chat" | "settings" | "agents" | "imports" | "remote" | "transcript" | "transcripts", thread: string | null, part?: string}} Route
 * `part`: of the page of agents "" (all), an agent's id, "new" or "new/TEMPLATE"; of imports and transcripts, one's id
 */

/** @type {Record<string, Declared>} */
export const TABLE = {
  me: { kind: "server", first: null }, // UserState
  thread: { kind: "server", first: null }, // ThreadState of the open thread
  boot: { kind: "server", first: null }, // Bootstrap: what does not change while the page is open

  theme: { kind: "synced", first: "system" }, // "system" | "light" | "dark"
  agent: { kind: "synced", first: "" }, // chosen last, for the next new chat
  reasoning_open: { kind: "synced", first: false },
  enter_sends: { kind: "synced", first: true },
  shortcuts: { kind: "synced", first: true },
  side_open: { kind: "synced", first: false }, // the side window, where it is a column
  side_tab: { kind: "synced", first: "transcripts" }, // "transcripts" | "tool_outputs" | "console"
  side_width: { kind: "synced", first: 408 }, // px

  route: { kind: "local", first: { page: "chat", thread: null } },
  link: { kind: "local", first: { status: "connecting", since: 0, next: 0 } },
  outbox: { kind: "local", first: [] }, // Outgoing[]
  drafts: { kind: "local", first: {} }, // by thread id, "" for a new chat
  chosen: { kind: "local", first: null }, // agent chosen in the composer for this thread
  standard: { kind: "local", first: null }, // Standard: what new chats use without a choice
  templates: { kind: "local", first: null }, // TemplateList, once it was asked for
  tools: { kind: "local", first: null }, // Tool[], likewise
  missing: { kind: "local", first: false }, // the address names no thread of yours
  drawer: { kind: "local", first: false }, // the thread list on narrow screens
  find: { kind: "local", first: LIVE }, // what of the thread list is shown
  narrow: { kind: "local", first: false }, // the side window lies over the chat
  side_over: { kind: "local", first: false }, // and is there
  found: { kind: "local", first: FOUND }, // what of the transcripts the side window lists
  wholes: { kind: "local", first: {} }, // transcripts with their entries, as they were fetched, by id
  called: { kind: "local", first: CALLED }, // tool outputs of the open thread that were fetched
  seen: { kind: "local", first: true }, // the page is before its person's eyes
  dialog: { kind: "local", first: null }, // what is asked: {kind, thread?}
  toast: { kind: "local", first: "" },
  now: { kind: "local", first: 0 }, // ms, ticks while something is counted
  spoken: { kind: "local", first: "" }, // the last polite line for screen readers
};

export class Store {
  /** @type {Record<string, Signal<any>>} */ #cells = {};
  /** @type {Record<string, {readonly value: any}>} */ #synced = {};
  /** @type {(patch: Record<string, unknown>) => void} */ #send = () => {};

  /** @param {Record<string, Declared>} table */
  constructor(table = TABLE) {
    this.table = table;
    for (const [key, { kind, first }] of Object.entries(table)) {
      if (kind !== "synced") this.#cells[key] = signal(first);
      else this.#synced[key] = computed(() => this.#cells.me?.value?.ui.state[key] ?? first);
    }
  }

  /** @param {string} key @returns {any} its value now; a component that reads it is drawn again when it changes */
  get(key) {
    return this.#declared(key).kind === "synced" ? this.#synced[key].value : this.#cells[key].value;
  }

  /** @param {string} key @returns {any} its value, without following it */
  peek(key) {
    return this.#declared(key).kind === "synced" ? this.#synced[key].value : this.#cells[key].peek();
  }

  /** @param {string} key @param {unknown} value */
  set(key, value) {
    const { kind } = this.#declared(key);
    if (kind === "server") throw new Error(`${key} is the server's: it changes by receive()`);
    if (kind === "local") this.#cells[key].value = value;
    else this.#choose(key, value);
  }

  /**
   * @template T
   * @param {string} key @param {(value: T) => T} change
   */
  update(key, change) {
    this.set(key, change(this.peek(key)));
  }

  /** @param {(patch: Record<string, unknown>) => void} send how synced state leaves the page */
  onChoice(send) {
    this.#send = send;
  }

  /** A choice shows at once and is the server's when its `state.changed` comes. @param {string} key @param {unknown} value */
  #choose(key, value) {
    const me = /** @type {UserState | null} */ (this.#cells.me.peek());
    if (!me) return;
    this.adopt(me.ui.version, { ...me.ui.state, [key]: value });
    this.#send({ [key]: value });
  }

  /** The synced state as it is at `version`. @param {number} version @param {Record<string, unknown>} state */
  adopt(version, state) {
    const me = /** @type {UserState | null} */ (this.#cells.me.peek());
    if (me) this.#cells.me.value = { ...me, ui: { version, state } };
  }

  /** What the page starts from. @param {Bootstrap} boot */
  start(boot) {
    this.#cells.boot.value = boot;
    this.#cells.me.value = fromSnapshot(boot.me);
    this.show(boot.thread ? /** @type {ThreadState} */ (fromSnapshot(boot.thread)) : null);
  }

  /** Show this thread, or none. @param {ThreadState | null} thread */
  show(thread) {
    this.#cells.thread.value = thread;
  }

  /** The one way in for what the server says. @param {StreamFrame} frame */
  receive(frame) {
    for (const key of this.#readers(frame)) {
      const cell = this.#cells[key];
      cell.value = reduce(cell.peek(), frame);
    }
  }

  /** @param {StreamFrame} frame @returns {string[]} */
  #readers(frame) {
    if (!("stream" in frame)) return ["thread"]; // deltas, progress and resync are about messages
    if (frame.stream.startsWith("user:")) return ["me"];
    const thread = /** @type {ThreadState | null} */ (this.#cells.thread.peek());
    // A snapshot also answers the opening of a thread that is not loaded yet.
    const wanted = `thread:${this.peek("route").thread}`;
    return frame.stream === (thread?.stream ?? wanted) ? ["thread"] : [];
  }

  /**
   * A page of older messages came by REST.
   * @param {Pick<ThreadState, "messages" | "runs" | "calls" | "approvals" | "transcripts" | "entries" | "console" | "older">} page
   */
  prepend(page) {
    const thread = /** @type {ThreadState | null} */ (this.#cells.thread.peek());
    if (!thread) return;
    this.#cells.thread.value = {
      ...thread,
      messages: { ...page.messages, ...thread.messages },
      runs: { ...page.runs, ...thread.runs },
      calls: { ...page.calls, ...thread.calls },
      approvals: { ...page.approvals, ...thread.approvals },
      transcripts: { ...page.transcripts, ...thread.transcripts },
      entries: { ...page.entries, ...thread.entries },
      console: { ...page.console, ...thread.console },
      older: page.older,
    };
  }

  /** @param {string} key @returns {Declared} */
  #declared(key) {
    const declared = Object.hasOwn(this.table, key) ? this.table[key] : undefined;
    if (!declared) throw new Error(`${key} is not declared in the store's table`);
    return declared;
  }
}
