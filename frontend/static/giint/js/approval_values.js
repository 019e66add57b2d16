// What an approval shows: arguments by name, what a person changed of them, and the decision in words. Pure.

/** @import { ApprovalRow } from "./events.d.ts" */

/** @param {string} text @returns {unknown} undefined where it is not JSON */
function parsed(text) {
  try {
    return JSON.parse(text || "{}");
  } catch {
    return undefined;
  }
}

/** @param {unknown} value @returns {value is Record<string, unknown>} */
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** @param {string} text the arguments, indented for whoever edits them; what is not JSON stays as it is */
export function laidOut(text) {
  const value = parsed(text);
  return value === undefined ? text : JSON.stringify(value, null, 2);
}

/**
 * Each argument as it was and, where the person changed them, as it is.
 * @param {string} text @param {string} edited "" for nothing changed
 * @returns {{name: string, was: string, is: string}[]}
 */
export function argumentRows(text, edited) {
  const before = parsed(text);
  const after = edited ? parsed(edited) : before;
  if (!isObject(before) || !isObject(after)) return [{ name: "arguments", was: text, is: edited || text }];
  const shown = (/** @type {Record<string, unknown>} */ of, /** @type {string} */ name) => (name in of ? JSON.stringify(of[name], null, 1) : "");
  return Object.keys({ ...before, ...after }).map((name) => ({ name, was: shown(before, name), is: shown(after, name) }));
}

/** @param {ApprovalRow} asked @returns {{words: string, mark: string, kind: string}} */
export function decisionOf(asked) {
  if (asked.decision === "approved") {
    return { words: asked.edited ? "You approved, with a change," : "You approved", mark: "check", kind: "ok" };
  }
  if (asked.decision === "denied") return { words: "You denied", mark: "x", kind: "dim" };
  if (asked.decision === "expired") return { words: "Nobody decided in time about", mark: "clock", kind: "dim" };
  return { words: "No longer asked:", mark: "x", kind: "dim" };
}

/** @param {ApprovalRow} a @param {ApprovalRow} b */
export const byTime = (a, b) => (a.created === b.created ? a.id.localeCompare(b.id) : a.created < b.created ? -1 : 1);
