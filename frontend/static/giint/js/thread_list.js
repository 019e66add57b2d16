// What of the thread list is shown: the live one, what was found, the archive, and the pages after the first.

/** @import { ThreadRow } from "./events.d.ts" */
/** @import { UserState } from "./wire.d.ts" */
/** @import { Store } from "./store.js" */
import { listed } from "./user_events.js";

/**
 * `rows` null: the live list. `extra`: pages after the first. `next`: where the next one begins, undefined when nobody
 * has asked yet.
 * @typedef {{text: string, archived: boolean, rows: ThreadRow[] | null, extra: ThreadRow[], next: string | null | undefined}} Find
 */

/** @type {Find} */
export const LIVE = { text: "", archived: false, rows: null, extra: [], next: undefined };

/** @param {Find} find @param {UserState} me @returns {ThreadRow[]} */
export function shown(find, me) {
  const first = find.rows ?? listed(me);
  const there = new Set(first.map((row) => row.id));
  return [...first, ...find.extra.filter((row) => !there.has(row.id))]
    .map((row) => me.threads[row.id] ?? row) // what the stream says is newer
    .filter((row) => row.archived === find.archived);
}

/** @param {Find} find @param {UserState} me @returns {boolean} */
export const hasMore = (find, me) => (find.next === undefined ? find.rows === null && me.older : find.next !== null);

/** @param {Find} find @param {string | null} [before] */
function query({ text, archived }, before) {
  const wanted = { ...(text.trim() && { q: text.trim() }), ...(archived && { archived: "1" }), ...(before && { before }) };
  return `threads?${new URLSearchParams(wanted)}`;
}

export class ThreadList {
  /**
   * @param {Store} store
   * @param {{get: (path: string) => Promise<any>, fault: (error: unknown) => null}} wiring
   */
  constructor(store, wiring) {
    this.store = store;
    this.wiring = wiring;
  }

  /** Search, or show the archive; with neither, the live list. @param {Partial<Pick<Find, "text" | "archived">>} change */
  async show(change) {
    const find = { .../** @type {Find} */ (this.store.peek("find")), ...change, extra: [], next: undefined };
    const live = !find.text.trim() && !find.archived;
    this.store.set("find", live ? { ...LIVE, text: find.text } : find);
    if (live) return;
    const answer = await this.#get(query(find));
    if (answer) this.#settle(find, { rows: answer.threads, next: answer.next });
  }

  async more() {
    const find = /** @type {Find} */ (this.store.peek("find"));
    // The live list came with the page, without a cursor; its first page by REST has one.
    const cursor = find.next ?? (await this.#get(query(find)))?.next;
    if (!cursor) return;
    const answer = await this.#get(query(find, cursor));
    if (answer) this.#settle(find, { extra: [...find.extra, ...answer.threads], next: answer.next });
  }

  /** It was deleted. @param {string} id */
  drop(id) {
    const left = (/** @type {ThreadRow[]} */ rows) => rows.filter((row) => row.id !== id);
    const { rows, extra, ...find } = /** @type {Find} */ (this.store.peek("find"));
    this.store.set("find", { ...find, rows: rows && left(rows), extra: left(extra) });
  }

  /** @param {string} path */
  #get(path) {
    return this.wiring.get(path).catch((error) => this.wiring.fault(error));
  }

  /** An answer to what is no longer asked is dropped. @param {Find} asked @param {Partial<Find>} answer */
  #settle(asked, answer) {
    const now = /** @type {Find} */ (this.store.peek("find"));
    if (now.text === asked.text && now.archived === asked.archived) this.store.set("find", { ...now, ...answer });
  }
}
