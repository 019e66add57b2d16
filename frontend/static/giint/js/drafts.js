// What was typed and not sent, per thread, kept in this browser through reloads and lost connections.

/** @typedef {Pick<Storage, "getItem" | "setItem" | "removeItem">} Shelf */

/**
 * JSON under a key of this person's; what cannot be read or written is as if it were not there.
 * @template T
 */
export class Kept {
  /** @param {Shelf} shelf @param {string} key @param {T} empty */
  constructor(shelf, key, empty) {
    this.shelf = shelf;
    this.key = key;
    this.empty = empty;
  }

  /** @returns {T} */
  read() {
    try {
      return JSON.parse(this.shelf.getItem(this.key) ?? "null") ?? this.empty;
    } catch {
      return this.empty;
    }
  }

  /** @param {T} value */
  write(value) {
    try {
      this.shelf.setItem(this.key, JSON.stringify(value));
    } catch {
      // Full or blocked: it is kept for as long as the page is open.
    }
  }
}

/**
 * @param {Record<string, string>} drafts @param {string | null} thread @param {string} text
 * @returns {Record<string, string>}
 */
export function withDraft(drafts, thread, text) {
  const { [thread ?? ""]: _, ...others } = drafts;
  return text ? { ...others, [thread ?? ""]: text } : others;
}
