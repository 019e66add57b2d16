// The side window: whether it is there, what of it is shown, and what of that has to be fetched.
//
// As a column it is the same on all of the person's pages. Over the chat, on narrow screens, it is of this page alone:
// opened on a large screen it must not cover a telephone.

/** @import { CallRow, TranscriptRow } from "./events.d.ts" */
/** @import { Tab } from "./side_values.js" */
/** @import { Store } from "./store.js" */
/** @import { ThreadState, WholeTranscript } from "./wire.d.ts" */
import { callsLatestFirst, latestFirst } from "./side_values.js";

/**
 * `rows`: what REST gave, null where nobody asked; `next`: where its next page begins, undefined until somebody asked.
 * `shown`: the one that was asked for from the chat, `times` how often anything was: asked for again it is shown again.
 * @typedef {{all: boolean, text: string, rows: TranscriptRow[] | null, next: string | null | undefined, shown: string, times: number}} Found
 * @typedef {{thread: string, rows: CallRow[], next: string | null | undefined}} Called
 */

/** @type {Found} */
export const FOUND = { all: false, text: "", rows: null, next: undefined, shown: "", times: 0 };
/** @type {Called} */
export const CALLED = { thread: "", rows: [], next: undefined };

export class SideWindow {
  /** @type {(message: string) => void} */ #reveal = () => {};

  /**
   * @param {Store} store
   * @param {{get: (path: string) => Promise<any>, fault: (error: unknown) => null}} wiring
   */
  constructor(store, wiring) {
    this.store = store;
    this.wiring = wiring;
  }

  /** @returns {boolean} followed by whoever reads it in a drawing */
  get isOpen() {
    const { store } = this;
    return store.get("route").page === "chat" && Boolean(store.get(store.get("narrow") ? "side_over" : "side_open"));
  }

  /** @param {boolean} open */
  set(open) {
    this.store.set(this.store.peek("narrow") ? "side_over" : "side_open", open);
  }

  toggle() {
    this.set(!this.store.peek(this.store.peek("narrow") ? "side_over" : "side_open"));
  }

  /** The thread list is wanted: as a column the window makes room for it, else it is a drawer. */
  giveWay() {
    if (this.isOpen && !this.store.peek("narrow")) this.set(false);
    else this.store.set("drawer", true);
  }

  /** @param {Tab} tab */
  choose(tab) {
    if (this.store.peek("side_tab") !== tab) this.store.set("side_tab", tab);
  }

  /** Open it at this transcript. @param {string} transcript */
  show(transcript) {
    this.choose("transcripts");
    this.set(true);
    this.store.set("found", { ...FOUND, shown: transcript, times: this.#found.times + 1 });
    void this.load(transcript);
  }

  /** @param {(message: string) => void} task what brings a message of the chat into view @returns {() => void} ends it */
  onReveal(task) {
    this.#reveal = task;
    return () => {
      if (this.#reveal === task) this.#reveal = () => {};
    };
  }

  /** The message that caused something comes into view. Where the window lies over the chat, it goes. @param {string} message */
  reveal(message) {
    if (this.store.peek("narrow")) this.set(false);
    this.#reveal(message);
  }

  /** @returns {Found} */
  get #found() {
    return this.store.peek("found");
  }

  /** Search, or show all of the person's; with neither, those of the open thread. @param {Partial<Pick<Found, "all" | "text">>} change */
  async find(change) {
    const found = { ...this.#found, ...change, rows: null, next: undefined, shown: "", times: 0 };
    this.store.set("found", found);
    if (found.all || found.text.trim()) await this.#page(found, null);
  }

  /** Something came elsewhere: the first page again. */
  async again() {
    const found = this.#found;
    if (found.all || found.text.trim()) await this.#page({ ...found, rows: null }, null);
  }

  /** The next page of what is listed. */
  async more() {
    const found = this.#found;
    await this.#page(found, found.next ?? null);
  }

  /** @param {Found} asked @param {string | null} before */
  async #page(asked, before) {
    const here = this.store.peek("route").thread;
    const wanted = {
      ...(!asked.all && here && { thread: here }), ...(asked.text.trim() && { q: asked.text.trim() }), ...(before && { before }),
    };
    const answer = await this.#get(`transcripts?${new URLSearchParams(wanted)}`);
    const now = this.#found;
    const stillAsked = now.all === asked.all && now.text === asked.text && this.store.peek("route").thread === here;
    if (!answer || !stillAsked) return;
    this.store.set("found", { ...now, rows: [...(asked.rows ?? []), ...answer.transcripts], next: answer.next });
  }

  /** Its entries, which a page has only of what is open. @param {string} transcript */
  async load(transcript) {
    const whole = /** @type {WholeTranscript | null} */ (await this.#get(`transcripts/${encodeURIComponent(transcript)}`));
    if (whole) this.store.update("wholes", (wholes) => ({ .../** @type {object} */ (wholes), [transcript]: whole }));
  }

  /** Tool outputs of the open thread that are further up. */
  async moreCalls() {
    const here = this.store.peek("route").thread;
    if (!here) return;
    const had = calledIn(this.store.peek("called"), here);
    const before = had.next ? `&before=${encodeURIComponent(had.next)}` : "";
    const answer = await this.#get(`tool-outputs?thread=${encodeURIComponent(here)}${before}`);
    if (!answer || this.store.peek("route").thread !== here) return;
    this.store.set("called", { thread: here, rows: [...had.rows, ...answer.outputs], next: answer.next });
  }

  /** @param {string} path */
  #get(path) {
    return this.wiring.get(path).catch((error) => this.wiring.fault(error));
  }
}

/** @param {Called} called @param {string} thread @returns {Called} what was fetched of that thread */
export const calledIn = (called, thread) => (called.thread === thread ? called : { ...CALLED, thread });

/**
 * The transcripts that are listed, latest first: what the stream says of one is newer than what was fetched.
 * @param {Found} found @param {ThreadState | null} thread
 * @returns {TranscriptRow[]}
 */
export function listedOf(found, thread) {
  const live = thread?.transcripts ?? {};
  const fetched = (found.rows ?? []).map((row) => live[row.id] ?? row);
  if (found.text.trim()) return latestFirst(fetched);
  const there = new Set(fetched.map((row) => row.id));
  return latestFirst([...fetched, ...Object.values(live).filter((row) => !there.has(row.id))]);
}

/** @param {Found} found @param {ThreadState | null} thread @returns {boolean} */
export function hasMoreOf(found, thread) {
  if (found.next !== undefined) return found.next !== null;
  return !found.all && !found.text.trim() && Boolean(thread?.older);
}

/** @param {Called} called @param {ThreadState | null} thread @returns {{rows: CallRow[], more: boolean}} latest first */
export function callsOfThread(called, thread) {
  if (!thread?.thread) return { rows: [], more: false };
  const had = calledIn(called, thread.thread.id);
  const rows = Object.fromEntries([...had.rows, ...Object.values(thread.calls)].map((call) => [call.id, call]));
  return { rows: callsLatestFirst(Object.values(rows)), more: had.next === undefined ? thread.older : had.next !== null };
}
