// What is said of a console message: what it did to the chat, what became of it, and what can still be done. Pure.

/** @import { ConsoleRow } from "./events.d.ts" */
/** @import { ThreadState, UserState } from "./wire.d.ts" */
import { clock } from "./format.js";

/** @type {{id: ConsoleRow["policy"], label: string}[]} */
export const POLICIES = [
  { id: "interrupt", label: "Now: ends the answer" },
  { id: "steer", label: "Between two steps" },
  { id: "wait", label: "After what is queued" },
];

/** @type {Record<ConsoleRow["source"], string>} */
const SOURCES = {
  tool: "a tool", agent: "an agent", shell: "the shell", rest: "a program", socket: "a page", admin: "the administration", queue: "the queue",
};

/** Who posted it, and by what way. @param {ConsoleRow} row */
export const sourceOf = (row) => `${row.name || "nobody named"}, by ${SOURCES[row.source] ?? row.source}`;

/**
 * What it does, or did, to the chat.
 * @param {ConsoleRow} row @param {boolean} cut an answer ended for it
 */
export function tagOf({ policy, status }, cut) {
  if (status === "held") return "waits for you";
  const waits = status === "pending";
  if (policy === "steer") return waits ? "while it answers" : "told to the agent";
  if (policy === "wait") return waits ? "after this answer" : "in its turn";
  if (waits) return "next";
  return cut ? "interrupted the answer" : "at once";
}

/** What became of it, in a sentence. @param {ConsoleRow} row @param {string} agent who answers it */
export function fateOf(row, agent) {
  if (row.status === "held") return row.sentence || "It waits for you.";
  if (row.status === "pending") return WAITS[row.policy];
  if (row.status === "delivered") return `${agent} has it, and has not answered yet.`;
  if (row.status === "answered") return `Answered by ${agent}${row.answered ? ` at ${clock(row.answered)}` : ""}.`;
  return row.sentence || ENDS[row.status];
}

const WAITS = {
  interrupt: "The agent gets it next.",
  steer: "The agent gets it between two steps, or next.",
  wait: "The agent gets it after this answer.",
};

const ENDS = { failed: "It was not answered.", expired: "Its time was over.", cancelled: "It was taken back." };

/** The mark of what became of it. @param {ConsoleRow["status"]} status @returns {{name: string, kind: string}} */
export function markOf(status) {
  if (status === "answered") return { name: "check", kind: "ok" };
  if (status === "failed") return { name: "alert", kind: "bad" };
  return status === "expired" || status === "cancelled" ? { name: "x", kind: "dim" } : { name: "clock", kind: "dim" };
}

/**
 * Those of the open thread, and those that wait for their person and name none; the latest first.
 * @param {ThreadState | null} thread @param {UserState} me
 * @returns {ConsoleRow[]}
 */
export function consoleOf(thread, me) {
  const here = thread?.thread?.id ?? null;
  const mine = Object.values(me.console).filter((row) => row.thread === null || row.thread === here);
  const rows = { ...Object.fromEntries(mine.map((row) => [row.id, row])), ...thread?.console };
  return Object.values(rows).sort((a, b) => (a.created === b.created ? (a.id < b.id ? 1 : -1) : a.created < b.created ? 1 : -1));
}

/** @param {ThreadState} thread @param {string} message @returns {ConsoleRow | null} what that message of the chat is of */
export const consoleFor = (thread, message) => Object.values(thread.console).find((row) => row.message === message) ?? null;
