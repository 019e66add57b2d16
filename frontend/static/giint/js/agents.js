// Which agent the next message is for, which ones were used lately, which ones fit a search. Pure but for reading the store.

/** @import { AgentRow, ThreadRow } from "./events.d.ts" */
/** @import { Store } from "./store.js" */
/** @import { Standard, TemplateRow } from "./wire.d.ts" */

/** Threads whose agents count as recent. */
const LATELY = 10;

/** @param {AgentRow[]} agents */
export const choosable = (agents) => agents.filter((agent) => !agent.archived);

/**
 * Chosen here, else the thread's first, else the one chosen last anywhere. Without a choice the default template has
 * the next chat, if there is one, else the first agent.
 * @param {Store} store
 * @returns {AgentRow | null}
 */
export function chosenAgent(store) {
  const agents = choosable(store.get("me").agents);
  const wanted = [store.get("chosen"), store.get("thread")?.thread?.agents[0], store.get("agent")];
  for (const id of wanted) {
    const found = agents.find((agent) => agent.id === id);
    if (found) return found;
  }
  return store.get("standard") ? null : (agents[0] ?? null);
}

/**
 * Who will answer, by name: the agent, or the template that one will be made from.
 * @param {Store} store
 * @returns {{agent: AgentRow | null, name: string, tile: number}}
 */
export function facing(store) {
  const agent = chosenAgent(store);
  const standard = /** @type {Standard | null} */ (store.get("standard"));
  return { agent, name: agent?.name ?? standard?.name ?? "", tile: agent?.tile ?? 6 };
}

/** @param {Record<string, ThreadRow>} threads @returns {string[]} agents of the latest threads, the latest first */
export function recent(threads) {
  const latest = Object.values(threads).sort((a, b) => (a.last_message_at < b.last_message_at ? 1 : -1));
  return [...new Set(latest.slice(0, LATELY).flatMap((thread) => thread.agents))];
}

/** @param {AgentRow[]} agents @param {string[]} lately @returns {AgentRow[]} recent ones first, the others as they are */
export function byRecency(agents, lately) {
  const place = (/** @type {AgentRow} */ agent) => (lately.includes(agent.id) ? lately.indexOf(agent.id) : lately.length);
  return [...agents].sort((a, b) => place(a) - place(b));
}

/**
 * Every word is somewhere in what is known of it.
 * @template {AgentRow | TemplateRow} T
 * @param {T[]} rows @param {string} text @returns {T[]}
 */
export function matching(rows, text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return rows.filter((row) => {
    const known = [row.name, row.description, row.instructions, row.model, ...row.tools, "template_name" in row ? row.template_name : ""];
    const said = known.join(" ").toLowerCase();
    return words.every((word) => said.includes(word));
  });
}
