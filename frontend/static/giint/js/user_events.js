// A person's own stream: one pure function per event type, `(state, payload) -> state`.

/** @import { AgentRow, Payloads, ThreadRow } from "./events.d.ts" */
/** @import { UserSnapshot, UserState } from "./wire.d.ts" */
import { consoleEvents } from "./console_events.js";
import { byId, changed, without } from "./records.js";

/** As many threads as a snapshot carries. */
export const LISTED = 50;

/** @param {UserSnapshot} snapshot @returns {UserState} */
export function userState(snapshot) {
  const { stream, seq, epoch, older, agents, keys, account, ui } = snapshot;
  const console = byId(snapshot.console);
  return {
    stream, seq, epoch, stale: "", threads: byId(snapshot.threads), older, agents, keys, account, ui, console, new: snapshot.new,
  };
}

/** @type {{[T in keyof Payloads]?: (state: UserState, payload: Payloads[T]) => UserState}} */
export const userEvents = {
  "thread.created": (state, { thread }) => ({ ...state, threads: { ...state.threads, [thread.id]: thread } }),

  "thread.updated": (state, { thread, changes }) => {
    if (thread in state.threads) return { ...state, threads: changed(state.threads, thread, changes) };
    // An older thread, or one that was in the archive, comes into the list: only a snapshot has its row.
    const appears = changes.archived === false || (changes.archived === undefined && "last_message_at" in changes);
    return appears ? { ...state, stale: "fresh" } : state;
  },

  "thread.removed": (state, { thread }) => ({
    ...state,
    threads: without(state.threads, (row) => row.id === thread),
    console: without(state.console, (row) => row.thread === thread),
  }),

  ...consoleEvents,

  "agent.updated": (state, { agent }) => ({ ...state, agents: upserted(state.agents, agent) }),

  "keys.changed": (state, { keys, account }) => ({ ...state, keys, account }),

  "new.counted": (state, payload) => ({ ...state, new: payload.new }),

  "state.changed": (state, { version, patch }) => ({ ...state, ui: { version, state: patched(state.ui.state, patch) } }),
};

/** @param {AgentRow[]} agents @param {AgentRow} agent @returns {AgentRow[]} */
function upserted(agents, agent) {
  return agents.some((row) => row.id === agent.id)
    ? agents.map((row) => (row.id === agent.id ? agent : row))
    : [...agents, agent];
}

/**
 * Top-level keys; null removes one.
 * @param {Record<string, unknown>} state @param {Record<string, unknown>} patch
 */
export function patched(state, patch) {
  return Object.fromEntries(Object.entries({ ...state, ...patch }).filter(([, value]) => value !== null));
}

/** @param {Pick<UserState, "threads">} state @returns {ThreadRow[]} latest first, without the archive */
export function listed(state) {
  return Object.values(state.threads)
    .filter((row) => !row.archived)
    .sort((a, b) =>
      a.last_message_at === b.last_message_at ? (a.id < b.id ? -1 : 1) : a.last_message_at > b.last_message_at ? -1 : 1,
    );
}
