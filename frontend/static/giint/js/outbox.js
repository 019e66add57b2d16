// Messages on their way. Each has the client's own id: sent again after a lost link, it is still the same message.

/** @import { Ok, Outgoing, Refused } from "./wire.d.ts" */

/** @typedef {{text: string, thread: string | null, agent: string | null, again?: string | null}} Wish */
/** @typedef {{read: () => Outgoing[], write: (items: Outgoing[]) => void}} Shelf */

export class Outbox {
  /**
   * @param {{
   *   send: (frame: Record<string, unknown>) => boolean, shelf: Shelf,
   *   opened: (thread: string, id: string) => void, makeId?: () => string, now?: () => string,
   * }} wiring  `shelf` holds the items; `opened`: a message that opened a thread has arrived
   */
  constructor({ send, shelf, opened, makeId = () => crypto.randomUUID(), now = () => new Date().toISOString() }) {
    this.wire = send;
    this.shelf = shelf;
    this.opened = opened;
    this.makeId = makeId;
    this.now = now;
  }

  /** @param {Wish} wish @returns {string} the message's client id */
  submit({ text, thread, agent, again = null }) {
    // Until the first message of a new chat has its thread, the next ones wait behind it.
    const opener = thread === null && !again ? this.#opener() : undefined;
    /** @type {Outgoing} */
    const item = {
      id: this.makeId(), thread, agent, text, again, created: this.now(), state: "waiting", sentence: "",
      behind: opener?.id ?? null,
    };
    this.shelf.write([...this.shelf.read(), item]);
    this.#dispatch(item);
    return item.id;
  }

  /** The link is there (again): everything that was not confirmed goes, in order. */
  flush() {
    for (const item of this.shelf.read()) if (item.state === "waiting") this.#dispatch(item);
  }

  /** @param {string} id */
  retry(id) {
    this.#change(id, { state: "waiting", sentence: "" });
    const item = this.#find(id);
    if (item) this.#dispatch(item);
  }

  /** @param {string} id @returns {string} its text, to go back into the composer */
  discard(id) {
    const text = this.#find(id)?.text ?? "";
    this.shelf.write(this.shelf.read().filter((item) => item.id !== id));
    this.#release(id, null);
    return text;
  }

  /** @param {Ok} ok @returns {boolean} whether it was about one of ours */
  confirmed(ok) {
    const item = this.#find(ok.id);
    if (!item) return false;
    if (item.again !== null) this.discard(ok.id);
    else this.#change(ok.id, { state: "sent", thread: ok.thread ?? item.thread });
    if (item.thread === null && ok.thread) {
      this.#release(ok.id, ok.thread);
      this.opened(ok.thread, ok.id);
    }
    return true;
  }

  /** @param {Refused} refused @returns {boolean} whether the message stays, to be tried again */
  refused(refused) {
    const item = refused.id === null ? undefined : this.#find(refused.id);
    if (!item) return false;
    if (item.again !== null) {
      this.discard(item.id); // there is no message of its own on which to say why
      return false;
    }
    this.#change(item.id, { state: "failed", sentence: refused.message });
    return true;
  }

  /** These have arrived as messages of a thread. @param {ReadonlySet<string>} clientIds */
  seen(clientIds) {
    const items = this.shelf.read();
    const left = items.filter((item) => !clientIds.has(item.id));
    if (left.length !== items.length) this.shelf.write(left);
  }

  #opener() {
    return this.shelf.read().find((item) => item.thread === null && item.again === null && item.behind === null
      && item.state === "waiting");
  }

  /** What waited behind `id` goes to its thread, or opens one of its own. @param {string} id @param {string | null} thread */
  #release(id, thread) {
    for (const item of this.shelf.read().filter((one) => one.behind === id)) {
      this.#change(item.id, { behind: null, thread });
      this.#dispatch({ ...item, behind: null, thread });
    }
  }

  /** @param {Outgoing} item */
  #dispatch({ id, thread, agent, text, again, behind }) {
    if (behind !== null) return;
    this.wire({ op: "send", id, thread, text, ...(agent && { agent }), ...(again && { again }) });
  }

  /** @param {string} id */
  #find(id) {
    return this.shelf.read().find((item) => item.id === id);
  }

  /** @param {string} id @param {Partial<Outgoing>} changes */
  #change(id, changes) {
    this.shelf.write(this.shelf.read().map((item) => (item.id === id ? { ...item, ...changes } : item)));
  }
}
