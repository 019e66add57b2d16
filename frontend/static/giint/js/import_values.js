// What an import shows: where each thing stands, and the original beside what it becomes. Pure.

/** @import { ImportItem, ImportReview, ImportRow } from "./wire.d.ts" */

/** Steps of the way, and where an import stands on it. */
export const STEPS = ["Source", "Select", "Review", "Result"];

/** @type {Record<ImportItem["standing"], {word: string, kind: string}>} */
const STANDINGS = {
  new: { word: "ready", kind: "ok" },
  here: { word: "already here", kind: "" },
  differs: { word: "here, differs", kind: "warn" },
  duplicate: { word: "duplicate", kind: "" },
  empty: { word: "empty", kind: "" },
  ours: { word: "made by GIINT", kind: "" },
};

/** @param {ImportItem} item @returns {{word: string, kind: string}} */
export const standingOf = (item) => STANDINGS[item.standing] ?? { word: item.standing, kind: "" };

/** @param {ImportRow} row */
export const isBusy = (row) => row.state === "reading" || row.state === "taking";

/** @param {ImportRow} row @returns {string} what came of it, in a line */
export function summaryOf(row) {
  if (row.state === "failed") return row.message || "It could not be read.";
  if (row.state === "reading") return `Reading, ${row.found} found so far`;
  if (row.state === "ready") return `${row.found} found, nothing taken in yet`;
  if (row.state === "taking") return `Taking in: ${row.done + row.failed} of ${row.chosen + row.done + row.failed}`;
  return `${row.done} taken in${row.failed ? `, ${row.failed} ${row.failed === 1 ? "needs" : "need"} you` : ""}`;
}

/** @param {ImportItem} item @returns {{mark: string, kind: string, text: string}} how it went */
export function resultOf(item) {
  if (item.state === "failed") return { mark: "alert", kind: "bad", text: item.message || "It could not be taken in." };
  if (item.state === "chosen") return { mark: "clock", kind: "dim", text: "Waits for its turn" };
  const text = { made: "Made here", same: "It was here already, just so", kept: "It was here; yours was kept", updated: "Brought up to date" };
  return { mark: "check", kind: "ok", text: text[/** @type {keyof typeof text} */ (item.outcome)] ?? "Taken in" };
}

/** @param {unknown} value @returns {string} */
function shown(value) {
  if (value === null || value === undefined || value === "") return "";
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.map(toolName).join(", ");
  const text = JSON.stringify(value);
  return text === "{}" ? "" : text;
}

/** @param {unknown} tool */
function toolName(tool) {
  if (typeof tool !== "object" || tool === null) return String(tool);
  const { type, function: made, name } = /** @type {any} */ (tool);
  return made?.name ?? name ?? type ?? JSON.stringify(tool);
}

const PARAMETERS = ["temperature", "top_p", "response_format", "reasoning_effort"];

/**
 * The fields of the original beside those of the agent.
 * @param {ImportReview} review
 * @returns {{field: string, was: string, is: string, same: boolean}[]}
 */
export function compared({ raw, becomes }) {
  if (!becomes) return [];
  const given = Object.fromEntries(PARAMETERS.filter((name) => raw[name] !== undefined && raw[name] !== null).map((name) => [name, raw[name]]));
  /** @type {[string, unknown, unknown][]} */
  const rows = [
    ["Name", raw.name, becomes.name], ["Description", raw.description, becomes.description], ["Model", raw.model, becomes.model],
    ["Instructions", raw.instructions, becomes.instructions], ["Tools", raw.tools, becomes.tools], ["Parameters", given, becomes.parameters],
  ];
  return rows.map(([field, was, is]) => ({ field, was: shown(was), is: shown(is) })).map((row) => ({ ...row, same: row.was === row.is }))
    .filter((row) => row.was || row.is);
}

/** @param {number} bytes */
export const sizeOf = (bytes) => (bytes >= 1_048_576 ? `${Math.round(bytes / 1_048_576)} MB` : `${Math.max(1, Math.round(bytes / 1024))} KB`);
