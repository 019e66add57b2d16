// Console messages, on the stream of their thread and on their person's own: `(state, payload) -> state`.

/** @import { ConsoleRow, Payloads } from "./events.d.ts" */
import { changed } from "./records.js";

/** @typedef {{console: Record<string, ConsoleRow>}} Held what both kinds of state have */
const NOT_DELIVERED = ["held", "pending"];

export const consoleEvents = {
  /** @template {Held} S @param {S} state @param {Payloads["console.posted"]} payload @returns {S} */
  "console.posted": (state, { console, text }) => ({
    ...state, console: { ...state.console, [console.id]: { ...console, text: text ?? console.text } },
  }),

  /** @template {Held} S @param {S} state @param {Payloads["console.delivered"]} payload @returns {S} */
  "console.delivered": (state, { console, message, run, delivered }) => ({
    ...state, console: changed(state.console, console, { status: "delivered", message, run, delivered }),
  }),

  /** @template {Held} S @param {S} state @param {Payloads["console.answered"]} payload @returns {S} */
  "console.answered": (state, { console, answered }) => ({
    ...state, console: changed(state.console, console, { status: "answered", answered }),
  }),

  /** @template {Held} S @param {S} state @param {Payloads["console.closed"]} payload @returns {S} */
  "console.closed": (state, { console, status, code, sentence }) => ({
    ...state, console: changed(state.console, console, { status, code, sentence }),
  }),
};

/** @param {ConsoleRow} row whether no agent has it yet */
export const isWaiting = (row) => NOT_DELIVERED.includes(row.status);

/** @param {ConsoleRow} row whether something is still to come of it */
export const isUnderWay = (row) => isWaiting(row) || row.status === "delivered";
