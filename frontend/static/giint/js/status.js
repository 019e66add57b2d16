// The one line above the composer: what the run is doing, and the way out of it. Pure; its tests are tables.

/** @import { AgentRow, CallRow, MessageRow, RunRow } from "./events.d.ts" */
/** @import { Link, ThreadState } from "./wire.d.ts" */
import { counter, number } from "./format.js";
import { activeRun, inOrder, pathOf, queuedOf } from "./path.js";

/**
 * @typedef {{
 *   mark: "bars" | "off" | "clock" | "shield", text: string, detail: string, wide: string, run: RunRow,
 * }} Status  `wide` is left out on narrow screens
 */

/**
 * @param {ThreadState} state
 * @param {{agents: readonly AgentRow[], link: Link, now: number}} around
 * @returns {Status | null} null: nothing to say
 */
export function statusOf(state, { agents, link, now }) {
  const run = activeRun(state) ?? inOrder(Object.values(state.runs)).find((row) => row.status === "queued");
  if (!run) return null;
  const name = agents.find((agent) => agent.id === run.agent)?.name ?? "The agent";
  const plain = { detail: "", wide: "", run };
  if (link.status !== "open" && now - link.since > 5_000) {
    return { ...plain, mark: "off", text: `${name} goes on answering on the server. You will get it all when you are back.` };
  }
  if (run.status === "queued") return { ...plain, mark: "clock", text: waiting(state) };
  if (run.status === "waiting") return { ...plain, mark: "shield", text: `Paused. ${name} waits for your decision.` };
  const wait = state.notice?.run === run.id ? state.notice : null;
  const left = wait ? wait.at + wait.seconds * 1_000 - now : 0;
  if (wait && left > 0) return { ...plain, mark: "bars", text: again(wait), detail: counter(left) };
  const detail = run.started ? counter(now - Date.parse(run.started)) : "";
  const tokens = run.usage.output ? `${number(run.usage.output)} tokens` : "";
  return { mark: "bars", text: `${name} is ${doing(state, run)}`, detail, wide: tokens, run };
}

/** Said once, with the whole wait: a text that counts would be read out each second. @param {{message: string, seconds: number}} wait */
const again = ({ message, seconds }) => `${message} Asking again in ${Math.max(1, Math.round(seconds))} s.`;

/** @param {ThreadState} state @param {RunRow} run @returns {string} */
function doing(state, run) {
  const call = runningCall(state, run);
  if (call) return `using ${call.label || call.tool}`;
  const last = lastSaid(state, run);
  if (!last) return "starting";
  if (last.status !== "streaming") return "answering";
  if (last.text) return "answering";
  return last.reasoning ? "thinking" : "starting";
}

/** @param {ThreadState} state @param {RunRow} run @returns {CallRow | undefined} */
function runningCall(state, run) {
  return Object.values(state.calls).find((call) => call.run === run.id && call.status === "running");
}

/** @param {ThreadState} state @param {RunRow} run @returns {MessageRow | undefined} */
function lastSaid(state, run) {
  return pathOf(state).filter((row) => row.run === run.id && row.role === "assistant").at(-1);
}

/** @param {ThreadState} state */
function waiting(state) {
  const before = Math.max(0, queuedOf(state).length - 1);
  if (!before) return "Queued. It begins in a moment.";
  return `Queued. ${before} ${before === 1 ? "answer is" : "answers are"} before this one.`;
}

/**
 * The sentence where an answer ended early, or "" when it is whole. It stands on the dashed line.
 * @param {RunRow | null} run
 * @param {MessageRow | undefined} last the last message of the answer
 */
export function endingOf(run, last) {
  if (run?.status === "failed" || run?.status === "cancelled" || run?.status === "interrupted") {
    return run.sentence || ENDINGS[run.status];
  }
  return last?.status === "partial" ? "Stopped here. What was said is kept." : "";
}

const ENDINGS = {
  failed: "This answer failed. What was said is kept.",
  cancelled: "You stopped it here.",
  interrupted: "Stopped here by a newer message.",
};
