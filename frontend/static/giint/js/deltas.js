// Text in flight, addressed by (message or entry, attempt, offset); offsets count UTF-16 units, as `string.length` does.

/** @import { EntryRow, MessageRow } from "./events.d.ts" */
/** @import { Delta, Resync, ThreadState } from "./wire.d.ts" */

/**
 * @param {ThreadState} state
 * @param {Delta} delta
 * @returns {ThreadState}
 */
export function applyDelta(state, delta) {
  const table = delta.entry ? "entries" : "messages";
  /** @type {EntryRow | MessageRow | undefined} */
  const row = state[table][delta.entry ?? delta.message ?? ""];
  if (!row || row.status !== "streaming" || delta.attempt < row.attempt) return state;
  if (delta.attempt > row.attempt) return { ...state, stale: worse(state, "resume") };
  const part = delta.part ?? "text";
  const had = row[part];
  if (delta.offset > had.length) {
    // After `resync` the beginning is missing on purpose; it comes with a new subscription, once.
    return state.lost[row.id] ? state : { ...state, stale: worse(state, "resume") };
  }
  const grown = merged(had, delta.offset, delta.text);
  if (grown === had && !state.lost[row.id]) return state;
  const grew = { [table]: { ...state[table], [row.id]: { ...row, [part]: grown } } };
  return { ...state, ...grew, lost: delta.offset === 0 && part === "text" ? found(state, row) : state.lost };
}

/**
 * What overlaps is the same text; the longer one is kept.
 * @param {string} had @param {number} offset @param {string} text
 */
function merged(had, offset, text) {
  if (offset === had.length) return had + text;
  return offset + text.length > had.length ? had.slice(0, offset) + text : had;
}

/** @param {ThreadState} state @param {{id: string}} row */
function found(state, row) {
  if (!state.lost[row.id]) return state.lost;
  const { [row.id]: _, ...lost } = state.lost;
  return lost;
}

/** @param {ThreadState} state @param {"resume" | "fresh"} want */
function worse(state, want) {
  return state.stale === "fresh" ? "fresh" : want;
}

/**
 * The server left deltas of this text out for us: what we have of it is not to be trusted.
 * @param {ThreadState} state @param {Resync} resync
 * @returns {ThreadState}
 */
export function dropText(state, { message, entry }) {
  const table = entry ? "entries" : "messages";
  const id = entry ?? message ?? "";
  const row = state[table][id];
  if (!row || row.status !== "streaming") return state;
  const dropped = { [table]: { ...state[table], [id]: { ...row, text: "", reasoning: "" } } };
  return { ...state, ...dropped, lost: { ...state.lost, [id]: true }, stale: worse(state, "resume") };
}
