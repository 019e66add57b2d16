// Rows and snapshots as the server sends them, for the tests of the client's modules.

import { fromSnapshot } from "../../frontend/static/giint/js/reducer.js";

export const TIME = "2026-11-20T10:00:00.000000Z";

export function message(id, changes = {}) {
  return {
    id, number: 1, parent: null, role: "user", status: "complete", attempt: 1, agent: null, run: null,
    client_id: null, model: "", text: "", reasoning: "", thumb: 0, note: "", created: TIME, ...changes,
  };
}

export function run(id, answers, changes = {}) {
  return {
    id, message: answers, agent: "agent_1", status: "running", code: "", sentence: "", again: false, offered: null, usage: {},
    created: TIME, started: TIME, ended: null, ...changes,
  };
}

export function call(id, of, changes = {}) {
  return {
    id, call_id: id, message: of, run: "run_1", tool: "calculate", label: "Calculate", status: "running",
    arguments: "", result: "", length: 0, error: "", files: [], started: TIME, ended: null, ...changes,
  };
}

export function transcript(id, changes = {}) {
  return {
    id, thread: "thread_1", run: "run_1", message: "m1", call: "out_1", parent: null, tool: "x_poll", title: "Which?",
    status: "open", hold: "", result: {}, opened: TIME, closed: null, ...changes,
  };
}

export function entry(id, changes = {}) {
  return {
    id, transcript: "tr_1", number: 1, kind: "agent", name: id, agent: null, run: null, model: "", status: "complete",
    attempt: 1, choice: "", code: "", sentence: "", text: "", reasoning: "", started: TIME, ended: null, ...changes,
  };
}

export function consoleRow(id, changes = {}) {
  return {
    id, thread: "thread_1", message: null, run: null, source: "shell", name: "cron@backup", text: `Text of ${id}`, policy: "interrupt",
    status: "pending", code: "", sentence: "", depth: 0, expires: null, created: TIME, delivered: null, answered: null, ...changes,
  };
}

/** As the client holds it. */
export const fixtureThread = (changes) => fromSnapshot(threadSnapshot(changes));

export function threadSnapshot(changes = {}) {
  const thread = { id: "thread_1", title: "", agents: ["agent_1"], head: null, archived: false, created: TIME };
  return {
    stream: "thread:thread_1", seq: 0, epoch: "e", messages: [], older: false, runs: [], calls: [], approvals: [],
    transcripts: [], entries: [], console: [], ...changes,
    thread: { ...thread, ...changes.thread },
  };
}

export function listRow(id, changes = {}) {
  return { id, title: id, agents: [], archived: false, created: TIME, activity: "idle", last_message_at: TIME, ...changes };
}

export function userSnapshot(changes = {}) {
  const account = { source: "offline", label: "Offline demo", dialect: "offline", model: "" };
  return {
    stream: "user:user_1", seq: 0, epoch: "e", threads: [], older: false, agents: [], keys: [], account,
    ui: { version: 0, state: {} }, new: { transcripts: 0, tool_outputs: 0, console: 0 }, console: [], ...changes,
  };
}

export const event = (seq, type, payload, stream = "thread:thread_1") => ({ op: "event", stream, seq, type, payload });

/** A thread with one question whose answer streams. */
export function streaming(text = "", changes = {}) {
  return threadSnapshot({
    seq: 4,
    thread: { head: "m2" },
    messages: [
      message("m1", { text: "Hi" }),
      message("m2", { number: 2, parent: "m1", role: "assistant", status: "streaming", run: "run_1", text, ...changes }),
    ],
    runs: [run("run_1", "m1")],
  });
}

export const delta = (offset, text, changes = {}) => ({ op: "delta", message: "m2", attempt: 1, offset, text, ...changes });
