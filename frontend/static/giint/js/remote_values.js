// What the page of remote assistants says. Pure.

/** @import { KeyRow } from "./events.d.ts" */
/** @import { RemoteStatus, SeenAssistant } from "./wire.d.ts" */
import { moment } from "./format.js";

/** Dialects whose servers keep objects. */
export const KEEPING = ["assistants", "agents"];

/** @param {readonly KeyRow[]} keys @returns {KeyRow[]} the accounts at servers that keep objects, the default one first */
export const keeping = (keys) => keys.filter((row) => KEEPING.includes(row.dialect)).sort((a, b) => (b.default ? 1 : 0) - (a.default ? 1 : 0));

const HOUR = 3_600_000;

/** @param {number} ms @returns {string} */
export function everyOf(ms) {
  if (!ms) return "only by hand";
  const hours = ms / HOUR;
  return hours >= 1 ? `every ${Number(hours.toFixed(1))} ${hours === 1 ? "hour" : "hours"}` : `every ${Math.round(ms / 60_000)} minutes`;
}

/** @param {RemoteStatus} status @returns {[string, string][]} label and words */
export function statusRows(status) {
  const when = (/** @type {string | null} */ iso) => (iso ? moment(iso) : "never");
  return [
    ["Current", status.currentAssistantId ?? "none yet"],
    ["Refreshed", `${when(status.lastRefresh)}, ${everyOf(status.refreshInterval)}${status.nextRefresh ? `; next ${moment(status.nextRefresh)}` : ""}`],
    ["Verified", when(status.lastVerified)],
    ["Held at the provider", `${status.held}, the newest ${status.keepCount} stay`],
  ];
}

/** @param {SeenAssistant} one @returns {{word: string, kind: string}[]} */
export function tagsOf(one) {
  const tags = [];
  if (one.current) tags.push({ word: "current", kind: "on" });
  else if (one.managed) tags.push({ word: "managed", kind: "" });
  if (one.purpose === "imported") tags.push({ word: "imported", kind: "" });
  if (one.purpose === "wake") tags.push({ word: "of a chat", kind: "" });
  if (one.unused) tags.push({ word: "unused", kind: "warn" });
  if (!one.purpose) tags.push({ word: "made elsewhere", kind: "" });
  return tags;
}

/** Fields that the form changes: only those that differ are sent. @param {Record<string, any>} before @param {Record<string, string>} given */
export function updatesOf(before, given) {
  return Object.fromEntries(Object.entries(given).filter(([name, value]) => value !== String(before[name] ?? "")).map(([name, value]) => [name, value || null]));
}
