// A thread's own stream: one pure function per event type, `(state, payload) -> state`.

/** @import { Payloads } from "./events.d.ts" */
/** @import { ThreadSnapshot, ThreadState } from "./wire.d.ts" */
import { consoleEvents } from "./console_events.js";
import { crc32 } from "./crc32.js";
import { byId, changed, without } from "./records.js";
import { transcriptEvents } from "./transcript_events.js";

/** @param {ThreadSnapshot} snapshot @returns {ThreadState} */
export function threadState(snapshot) {
  return {
    stream: snapshot.stream, seq: snapshot.seq, epoch: snapshot.epoch, stale: "",
    thread: snapshot.thread, messages: byId(snapshot.messages), runs: byId(snapshot.runs),
    calls: byId(snapshot.calls), approvals: byId(snapshot.approvals), transcripts: byId(snapshot.transcripts),
    entries: byId(snapshot.entries), console: byId(snapshot.console), older: snapshot.older, progress: {}, notice: null, lost: {},
  };
}

/** @type {{[T in keyof Payloads]?: (state: ThreadState, payload: Payloads[T]) => ThreadState}} */
export const threadEvents = {
  "message.created": (state, { message, head, text }) =>
    headed(
      { ...state, messages: { ...state.messages, [message.id]: { ...message, text: text ?? message.text } } },
      head ? message.id : undefined,
    ),

  "message.placed": (state, { message, parent }) =>
    headed({ ...state, messages: changed(state.messages, message, { parent, status: "complete" }) }, message),

  "message.requeued": (state, { message }) => ({
    ...state, messages: changed(state.messages, message, { parent: null, status: "queued" }),
  }),

  "message.removed": (state, { message }) => ({
    ...state,
    messages: without(state.messages, (row) => row.id === message),
    runs: without(state.runs, (run) => run.message === message),
  }),

  "message.restarted": (state, { message, attempt }) => ({
    ...state,
    messages: changed(state.messages, message, { attempt, status: "streaming", text: "", reasoning: "" }),
    lost: omitted(state.lost, message),
  }),

  "message.completed": completed,

  "message.feedback": (state, { message, thumb, note }) =>
    message in state.messages
      ? { ...state, messages: changed(state.messages, message, { thumb, note: note ?? "" }) }
      : state,

  "thread.head_changed": (state, { head }) => headed(state, head),

  "thread.updated": (state, { changes }) => {
    if (!state.thread) return state;
    const { title = state.thread.title, agents = state.thread.agents, archived = state.thread.archived } = changes;
    return { ...state, thread: { ...state.thread, title, agents, archived } };
  },

  "run.status": (state, { run }) => ({ ...state, runs: { ...state.runs, [run.id]: run } }),

  "tool.started": (state, { call, arguments: text }) => ({
    ...state,
    calls: { ...state.calls, [call.id]: { ...call, arguments: text ?? call.arguments } },
  }),

  "tool.changed": (state, { call, status, started, arguments: text }) => ({
    ...state,
    calls: changed(state.calls, call, { status, started, arguments: text ?? "" }),
    progress: omitted(state.progress, call),
  }),

  "approval.requested": (state, { approval, arguments: text }) => ({
    ...state,
    approvals: { ...state.approvals, [approval.id]: { ...approval, arguments: text ?? approval.arguments } },
  }),

  "approval.decided": (state, { approval, decision, decided, edited, reason }) => ({
    ...state,
    approvals: changed(state.approvals, approval, { decision, decided, edited: edited ?? "", reason: reason ?? "" }),
  }),

  ...transcriptEvents,
  ...consoleEvents,

  "tool.completed": (state, { call, status, ended, length, result, error, files }) => ({
    ...state,
    calls: changed(state.calls, call, { status, ended, length, result: result ?? "", error: error ?? "", files: files ?? [] }),
    progress: omitted(state.progress, call),
  }),
};

/**
 * @template T
 * @param {Record<string, T>} records @param {string} id
 * @returns {Record<string, T>}
 */
function omitted(records, id) {
  if (!(id in records)) return records;
  const { [id]: _, ...rest } = records;
  return rest;
}

/**
 * The head moves. A head we do not know (a branch made elsewhere, beyond what we loaded) takes a snapshot to show.
 * @param {ThreadState} state
 * @param {string | null | undefined} head
 * @returns {ThreadState}
 */
function headed(state, head) {
  if (head === undefined || !state.thread) return state;
  const known = head === null || head in state.messages;
  return { ...state, thread: { ...state.thread, head }, stale: known ? state.stale : "fresh" };
}

/**
 * @param {ThreadState} state
 * @param {Payloads["message.completed"]} payload
 * @returns {ThreadState}
 */
function completed(state, payload) {
  const row = state.messages[payload.message];
  if (!row) return state;
  const { attempt, status, model } = payload;
  const text = payload.text ?? row.text;
  const reasoning = payload.reasoning ?? row.reasoning;
  const whole =
    text.length === payload.length &&
    reasoning.length === payload.reasoning_length &&
    (payload.text !== undefined || crc32(text) === payload.checksum);
  return {
    ...state,
    messages: changed(state.messages, payload.message, { attempt, status, model, text, reasoning }),
    lost: omitted(state.lost, payload.message),
    stale: whole ? state.stale : "fresh",
  };
}
