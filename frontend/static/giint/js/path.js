// A thread is a tree; what is shown is the path that ends at its head, then what waits behind it.

/** @import { ApprovalRow, CallRow, EntryRow, MessageRow, RunRow, TranscriptRow } from "./events.d.ts" */
/** @import { ThreadState } from "./wire.d.ts" */
import { byTime } from "./approval_values.js";

/**
 * @typedef {{kind: "me", key: string, message: MessageRow}} Mine
 * @typedef {{kind: "console", key: string, message: MessageRow}} Outside
 * @typedef {{kind: "answer", key: string, messages: MessageRow[], run: RunRow | null}} Answer
 */

/** As many messages of the path as a snapshot carries. */
export const WINDOW = 50;

const OPEN = ["queued", "running", "waiting"];

/** @param {RunRow} run */
export const isOpen = (run) => OPEN.includes(run.status);

/** @param {MessageRow} a @param {MessageRow} b */
const byNumber = (a, b) => a.number - b.number;

/**
 * The known part of the path, oldest first.
 * @param {Pick<ThreadState, "thread" | "messages">} state
 * @returns {MessageRow[]}
 */
export function pathOf(state) {
  const path = [];
  const seen = new Set();
  let id = state.thread?.head ?? null;
  while (id !== null && state.messages[id] && !seen.has(id)) {
    seen.add(id);
    path.push(state.messages[id]);
    id = state.messages[id].parent;
  }
  return path.reverse();
}

/** @param {Pick<ThreadState, "messages">} state @returns {MessageRow[]} what waits for its turn, oldest first */
export function queuedOf(state) {
  return Object.values(state.messages).filter((row) => row.status === "queued").sort(byNumber);
}

/** @param {readonly RunRow[]} runs @returns {RunRow[]} newest last */
export function inOrder(runs) {
  return [...runs].sort((a, b) => (a.created === b.created ? a.id.localeCompare(b.id) : a.created < b.created ? -1 : 1));
}

/** @param {Pick<ThreadState, "runs">} state @returns {RunRow | null} the run that has the thread's place now */
export function activeRun(state) {
  return inOrder(Object.values(state.runs)).find((run) => run.status === "running" || run.status === "waiting") ?? null;
}

/** @param {Pick<ThreadState, "runs">} state @param {string} message @returns {RunRow | null} its last answer's run */
export function lastRunFor(state, message) {
  return inOrder(Object.values(state.runs).filter((run) => run.message === message)).at(-1) ?? null;
}

/**
 * Messages as articles: consecutive assistant messages of one run are one answer; a console message that it was told
 * stands between two. A run that has said nothing yet, or that failed before its first word, is an answer without messages.
 * @param {Pick<ThreadState, "thread" | "messages" | "runs">} state
 * @returns {(Mine | Outside | Answer)[]}
 */
export function articlesOf(state) {
  /** @type {(Mine | Outside | Answer)[]} */
  const articles = [];
  for (const message of pathOf(state)) {
    const last = articles.at(-1);
    if (message.role === "user") articles.push({ kind: "me", key: message.id, message });
    else if (message.role === "console") articles.push({ kind: "console", key: message.id, message });
    else if (last?.kind === "answer" && message.run !== null && last.run?.id === message.run) last.messages.push(message);
    else articles.push(answer(state, message, articles));
  }
  const end = articles.at(-1);
  const silent = end && end.kind !== "answer" ? lastRunFor(state, end.message.id) : null;
  if (silent && silent.status !== "queued") articles.push({ kind: "answer", key: silent.id, messages: [], run: silent });
  return articles;
}

/** @param {Pick<ThreadState, "runs">} state @param {MessageRow} message @param {(Mine | Outside | Answer)[]} before @returns {Answer} */
function answer(state, message, before) {
  const run = message.run === null ? null : (state.runs[message.run] ?? null);
  const goesOn = before.some((one) => one.key === run?.id);
  return { kind: "answer", key: goesOn ? message.id : (run?.id ?? message.id), messages: [message], run };
}

/** @param {Pick<ThreadState, "messages" | "runs">} state @param {string} message @returns {boolean} whether the answer before it was cut short for it */
export function cutBefore(state, message) {
  const before = state.messages[state.messages[message]?.parent ?? ""];
  return before?.role === "assistant" && state.runs[before.run ?? ""]?.status === "interrupted";
}

/**
 * What those calls did beside the chat, in order.
 * @param {Pick<ThreadState, "transcripts">} state @param {readonly CallRow[]} calls
 * @returns {TranscriptRow[]}
 */
export function transcriptsOf(state, calls) {
  const ids = new Set(calls.map((call) => call.id));
  return Object.values(state.transcripts)
    .filter((row) => ids.has(row.call))
    .sort((a, b) => (a.opened === b.opened ? a.id.localeCompare(b.id) : a.opened < b.opened ? -1 : 1));
}

/** @param {Pick<ThreadState, "entries">} state @param {string} transcript @returns {EntryRow[]} in order */
export function entriesOf(state, transcript) {
  return Object.values(state.entries).filter((row) => row.transcript === transcript).sort((a, b) => a.number - b.number);
}

/** @param {Pick<ThreadState, "calls">} state @param {string} message @returns {CallRow[]} the calls it made, in order */
export function callsOf(state, message) {
  return Object.values(state.calls)
    .filter((call) => call.message === message)
    .sort((a, b) => (a.started === b.started ? 0 : a.started < b.started ? -1 : 1));
}

/** @param {Pick<ThreadState, "approvals">} state @param {string} message @returns {ApprovalRow[]} what it asked its user, in order */
export function approvalsOf(state, message) {
  return Object.values(state.approvals).filter((row) => row.message === message).sort(byTime);
}
