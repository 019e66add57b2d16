// The side window's tabs, width and counts. Pure.

/** @import { CallRow, NewRow, TranscriptRow } from "./events.d.ts" */
/** @import { ThreadState } from "./wire.d.ts" */
import { isWaiting } from "./console_events.js";

/** @typedef {keyof NewRow} Tab */

/** @type {{id: Tab, label: string}[]} */
export const TABS = [
  { id: "transcripts", label: "Transcripts" },
  { id: "tool_outputs", label: "Tool outputs" },
  { id: "console", label: "Console" },
];

export const WIDTH = { least: 320, usual: 408, most: 720 };
/** Pixels that an arrow key moves the grip. */
const STEP = 16;
/** More than that is said as "99+". */
const MOST = 99;

/** @param {number} width @returns {number} whole pixels within what is allowed */
export const fitting = (width) => Math.round(Math.min(WIDTH.most, Math.max(WIDTH.least, width)));

/**
 * What a key makes of the width. The window stands at the end of the line: away from the end is wider.
 * @param {string} key @param {number} width @param {boolean} rtl
 * @returns {number | null} null: the key means nothing here
 */
export function widthAfter(key, width, rtl) {
  const wider = rtl ? "ArrowRight" : "ArrowLeft";
  const narrower = rtl ? "ArrowLeft" : "ArrowRight";
  /** @type {Record<string, number>} */
  const after = { [wider]: width + STEP, [narrower]: width - STEP, Home: WIDTH.least, End: WIDTH.most };
  return key in after ? fitting(after[key]) : null;
}

/** @param {string} key @param {Tab} tab @param {boolean} rtl @returns {Tab | null} null: the key means nothing here */
export function tabAfter(key, tab, rtl) {
  const at = TABS.findIndex((one) => one.id === tab);
  const forward = rtl ? "ArrowLeft" : "ArrowRight";
  const back = rtl ? "ArrowRight" : "ArrowLeft";
  /** @type {Record<string, number>} */
  const after = { [forward]: at + 1, [back]: at - 1 + TABS.length, Home: 0, End: TABS.length - 1 };
  return key in after ? TABS[after[key] % TABS.length].id : null;
}

/** @param {CallRow} call */
export const isUnderWay = (call) => ["waiting", "ready", "running"].includes(call.status);

/** @param {ThreadState | null} thread @returns {NewRow} what of this thread is under way now */
export function liveOf(thread) {
  const count = (/** @type {object[]} */ rows) => rows.length;
  return {
    transcripts: count(Object.values(thread?.transcripts ?? {}).filter((row) => row.status === "open")),
    tool_outputs: count(Object.values(thread?.calls ?? {}).filter(isUnderWay)),
    console: count(Object.values(thread?.console ?? {}).filter(isWaiting)),
  };
}

/**
 * The number at a tab, or for several at the button that opens the window: what is under way, else what is new.
 * @param {readonly Tab[]} tabs @param {NewRow} live @param {NewRow} fresh
 * @returns {{count: string, live: boolean, words: string} | null} null: nothing to say
 */
export function badgeOf(tabs, live, fresh) {
  const sum = (/** @type {NewRow} */ of) => tabs.reduce((all, tab) => all + of[tab], 0);
  const [running, seen] = [sum(live), sum(fresh)];
  const count = running || seen;
  if (!count) return null;
  const shown = count > MOST ? `${MOST}+` : String(count);
  return { count: shown, live: running > 0, words: `${shown} ${running > 0 ? "live" : "new"}` };
}

/** @param {readonly TranscriptRow[]} rows @returns {TranscriptRow[]} latest first */
export function latestFirst(rows) {
  return [...rows].sort((a, b) => (a.opened === b.opened ? (a.id < b.id ? 1 : -1) : a.opened < b.opened ? 1 : -1));
}

/** @param {readonly CallRow[]} calls @returns {CallRow[]} latest first */
export function callsLatestFirst(calls) {
  return [...calls].sort((a, b) => (a.started === b.started ? (a.id < b.id ? 1 : -1) : a.started < b.started ? 1 : -1));
}
