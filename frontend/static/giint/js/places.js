// Where the page is: which thread is open, and how it is loaded.

/** @import { ThreadSnapshot, ThreadState } from "./wire.d.ts" */
/** @import { Route, Store } from "./store.js" */
import { api, ApiError } from "./api.js";
import { byId } from "./records.js";
import { fromSnapshot } from "./reducer.js";
import { pathOfRoute, routeOf } from "./router.js";
import { FOUND } from "./side_window.js";

export class Places {
  /**
   * @param {Store} store
   * @param {{follow: (stream: string) => void, unfollow: (stream: string) => void, signedOut: () => void}} wiring
   */
  constructor(store, wiring) {
    this.store = store;
    this.wiring = wiring;
  }

  /** @returns {string | null} the open thread's id */
  get here() {
    return /** @type {Route} */ (this.store.peek("route")).thread;
  }

  /** @param {Route} route @param {"push" | "replace" | "none"} how what happens to the address */
  async go(route, how = "push") {
    if (how === "push") history.pushState(null, "", pathOfRoute(route));
    else if (how === "replace") history.replaceState(null, "", pathOfRoute(route));
    const before = this.here;
    this.store.set("drawer", false);
    this.store.set("side_over", false);
    this.store.set("route", route);
    if (route.thread !== before) {
      this.store.set("chosen", null);
      this.store.set("found", FOUND);
    }
    if (route.page === "chat") await this.#open(route.thread);
  }

  /** The page shows something of this thread beside the chat: it is followed all the same. @param {string} thread */
  async beside(thread) {
    const route = /** @type {Route} */ (this.store.peek("route"));
    this.store.set("route", { ...route, thread });
    await this.#open(thread);
  }

  /** The address changed by Back or Forward. */
  async arrived() {
    await this.go(routeOf(location.pathname), "none");
  }

  /** What could not be loaded while the link was down. */
  async again() {
    if (this.here && !this.store.peek("thread") && !this.store.peek("missing")) await this.#load(this.here);
  }

  /** @param {string | null} id */
  async #open(id) {
    const shown = /** @type {ThreadState | null} */ (this.store.peek("thread"));
    if (shown && shown.thread?.id === id) return;
    this.store.set("missing", false);
    if (shown) this.wiring.unfollow(shown.stream);
    this.store.show(null);
    if (id !== null) await this.#load(id);
  }

  /** @param {string} id */
  async #load(id) {
    try {
      const snapshot = /** @type {ThreadSnapshot} */ (await api("GET", `threads/${encodeURIComponent(id)}`));
      if (this.here !== id) return;
      this.store.show(/** @type {ThreadState} */ (fromSnapshot(snapshot)));
      this.wiring.follow(snapshot.stream);
    } catch (error) {
      if (this.here === id) this.fault(error);
    }
  }

  /** Something beside the thread is not there: nothing of the page goes for that. @param {unknown} error @returns {null} */
  said(error) {
    if (!(error instanceof ApiError) || error.status !== 404) return this.fault(error);
    this.store.set("toast", error.message);
    return null;
  }

  /** @param {unknown} error @returns {null} */
  fault(error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.status === 401) this.wiring.signedOut();
    else if (error.status === 404 && !this.store.peek("thread")) this.store.set("missing", true);
    else this.store.set("toast", error.message);
    return null;
  }

  /** The page of messages before the first one we have. */
  async older() {
    const state = /** @type {ThreadState | null} */ (this.store.peek("thread"));
    const rows = Object.values(state?.messages ?? {});
    if (!state?.thread || !rows.length) return;
    const first = rows.reduce((a, b) => (a.number < b.number ? a : b));
    const path = `threads/${state.thread.id}/messages?before=${first.id}`;
    const page = await api("GET", path).catch((error) => this.fault(error));
    if (!page || this.store.peek("thread")?.stream !== state.stream) return;
    const { messages, runs, calls, approvals, transcripts, entries, console, older } = page;
    this.store.prepend({
      messages: byId(messages), runs: byId(runs), calls: byId(calls), approvals: byId(approvals),
      transcripts: byId(transcripts), entries: byId(entries), console: byId(console), older,
    });
  }
}
