// Transcripts on a thread's stream: one pure function per event type, `(state, payload) -> state`.

/** @import { Payloads } from "./events.d.ts" */
/** @import { ThreadState } from "./wire.d.ts" */
import { crc32 } from "./crc32.js";
import { changed } from "./records.js";

/** @type {{[T in keyof Payloads]?: (state: ThreadState, payload: Payloads[T]) => ThreadState}} */
export const transcriptEvents = {
  "transcript.opened": (state, { transcript, title }) => ({
    ...state,
    transcripts: { ...state.transcripts, [transcript.id]: { ...transcript, title: title ?? transcript.title } },
  }),

  "transcript.entry": entered,

  "transcript.held": (state, { transcript, hold }) => ({
    ...state, transcripts: changed(state.transcripts, transcript, { hold }),
  }),

  "transcript.closed": (state, { transcript, status, closed, result }) => ({
    ...state, transcripts: changed(state.transcripts, transcript, { status, closed, result: result ?? {} }),
  }),
};

/**
 * A streaming entry begins empty; a final one has its text, or this page had every delta of it.
 * @param {ThreadState} state
 * @param {Payloads["transcript.entry"]} payload
 * @returns {ThreadState}
 */
function entered(state, payload) {
  const { entry } = payload;
  const had = state.entries[entry.id];
  const { [entry.id]: _, ...lost } = state.lost;
  if (entry.status === "streaming") return { ...state, entries: { ...state.entries, [entry.id]: entry }, lost };
  const text = payload.text ?? had?.text ?? "";
  const reasoning = payload.reasoning ?? had?.reasoning ?? "";
  const whole =
    text.length === payload.length &&
    reasoning.length === payload.reasoning_length &&
    (payload.text !== undefined || crc32(text) === payload.checksum);
  const entries = { ...state.entries, [entry.id]: { ...entry, text, reasoning } };
  return { ...state, entries, lost, stale: whole ? state.stale : "fresh" };
}
