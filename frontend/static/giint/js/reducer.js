// The reducer: `(state, frame) -> state`, pure, for a thread's stream and for a person's. docs/client.md has its rules.
//
// The law it must keep: snapshot, then the events after it == a fresh snapshot, as `view` sees them.

/** @import { EventFrame } from "./events.d.ts" */
/** @import { NoticeFrame, Snapshot, StreamFrame, ThreadSnapshot, ThreadState, UserSnapshot, UserState } from "./wire.d.ts" */
import { isUnderWay, isWaiting } from "./console_events.js";
import { applyDelta, dropText } from "./deltas.js";
import { isOpen, pathOf, queuedOf, WINDOW } from "./path.js";
import { threadEvents, threadState } from "./thread_events.js";
import { listed, LISTED, userEvents, userState } from "./user_events.js";

/** @typedef {ThreadState | UserState} State */

/** @param {{stream: string}} of */
export const isThreadStream = (of) => of.stream.startsWith("thread:");

/** @param {Snapshot} snapshot @returns {State} */
export function fromSnapshot(snapshot) {
  return isThreadStream(snapshot)
    ? threadState(/** @type {ThreadSnapshot} */ (snapshot))
    : userState(/** @type {UserSnapshot} */ (snapshot));
}

/**
 * @template {State} S
 * @param {S | null} state
 * @param {StreamFrame} frame
 * @returns {S | null}
 */
export function reduce(state, frame) {
  if (frame.op === "snapshot") return /** @type {S} */ (fromSnapshot(frame));
  if (state === null) return null;
  if (frame.op === "event") return /** @type {S} */ (applyEvent(state, frame));
  // What was missed is about to follow, so a hole noticed before this answer is being filled.
  if (frame.op === "subscribed") return { ...state, epoch: frame.epoch, stale: "" };
  return "messages" in state ? /** @type {S} */ (applyLive(state, frame)) : state;
}

/** @param {State} state @param {EventFrame} frame @returns {State} */
function applyEvent(state, frame) {
  if (frame.stream !== state.stream || frame.seq <= state.seq) return state;
  if (frame.seq > state.seq + 1) return { ...state, stale: state.stale || "resume" };
  const table = "messages" in state ? threadEvents : userEvents;
  const apply = /** @type {((state: State, payload: unknown) => State) | undefined} */ (table[frame.type]);
  // An event of a later version of the server moves the position and nothing else.
  return { ...(apply ? apply(state, frame.payload) : state), seq: frame.seq };
}

/** @param {ThreadState} state @param {StreamFrame} frame @returns {ThreadState} */
function applyLive(state, frame) {
  if (frame.op === "delta") return applyDelta(state, frame);
  if (frame.op === "resync") return dropText(state, frame);
  if (frame.op === "notice") return noticed(state, frame);
  if (frame.op !== "progress" || state.calls[frame.call]?.status !== "running") return state;
  const { text, done, total } = frame;
  return { ...state, progress: { ...state.progress, [frame.call]: { text, done, total } } };
}

/** @param {ThreadState} state @param {NoticeFrame} frame @returns {ThreadState} */
function noticed(state, { thread, run, message, seconds, at = 0 }) {
  return state.thread?.id === thread ? { ...state, notice: { run, message, seconds, at } } : state;
}

/**
 * The canonical, comparable form of a state: what a fresh snapshot of the same moment would show.
 * @param {State} state
 * @returns {Record<string, unknown>}
 */
export function view(state) {
  return "messages" in state ? threadView(state) : userView(state);
}

/** @param {ThreadState} state */
function threadView(state) {
  const messages = [...pathOf(state).slice(-WINDOW), ...queuedOf(state)];
  const shown = new Set(messages.map((row) => row.id));
  const named = new Set(messages.map((row) => row.run));
  const transcripts = Object.values(state.transcripts).filter((row) => shown.has(row.message));
  const open = new Set(transcripts.filter((row) => row.status === "open").map((row) => row.id));
  return {
    thread: state.thread,
    messages,
    runs: sorted(Object.values(state.runs).filter((run) => isOpen(run) || shown.has(run.message) || named.has(run.id))),
    calls: sorted(Object.values(state.calls).filter((call) => shown.has(call.message))),
    approvals: sorted(Object.values(state.approvals).filter((row) => shown.has(row.message))),
    console: sorted(Object.values(state.console).filter((row) => isWaiting(row) || shown.has(row.message ?? ""))),
    transcripts: sorted(transcripts),
    entries: sorted(Object.values(state.entries).filter((row) => open.has(row.transcript))),
  };
}

/** @param {UserState} state */
function userView(state) {
  const { keys, account, ui } = state;
  const agents = sorted(state.agents.filter((agent) => !agent.archived));
  const console = sorted(Object.values(state.console).filter(isUnderWay));
  return { threads: listed(state).slice(0, LISTED), agents, keys, account, ui, console, new: state.new };
}

/**
 * @template {{id: string}} T
 * @param {T[]} rows
 */
function sorted(rows) {
  return rows.sort((a, b) => (a.id < b.id ? -1 : 1));
}
