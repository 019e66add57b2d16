// What a poll and a duo show while they go on and when they are over: from their entries, their call and their result. Pure.

/** @import { CallRow, EntryRow, TranscriptRow } from "./events.d.ts" */
/** @import { Progress } from "./wire.d.ts" */

/**
 * @typedef {{choice: string, count: number, voices: EntryRow[]}} Tallied
 * @typedef {{
 *   total: number, answered: number, failed: EntryRow[], silent: string[], answers: EntryRow[], tally: Tallied[],
 *   undecided: number, dissent: string, synthesis: EntryRow | null, synthesised: string,
 * }} Poll  `silent`: who was not asked any more; `synthesised`: as the result has it, where the entry is not loaded
 */

/** What the poll's own entry is called that sums up (transcripts/tools/x_poll.py). */
const SYNTHESIS = "Synthesis";
const DISSENT = "Dissent:";

/** @param {string} text @returns {Record<string, any>} of a call's arguments; {} where they are no object */
export function argumentsOf(text) {
  try {
    const value = JSON.parse(text || "{}");
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
  } catch {
    return {};
  }
}

/** @param {unknown} value @returns {any[]} */
const list = (value) => (Array.isArray(value) ? value : []);

/**
 * @param {TranscriptRow} row @param {EntryRow[]} entries @param {CallRow | undefined} call @param {Progress | undefined} progress
 * @returns {Poll}
 */
export function pollOf(row, entries, call, progress) {
  const { result } = row;
  const asked = argumentsOf(call?.arguments ?? "");
  const listed = list(result.answers);
  const ids = new Set(listed.map((one) => one.entry));
  const said = entries.filter((entry) => entry.kind === "agent");
  const last = said.at(-1);
  const isSynthesis = last !== undefined && said.length > 1 && last.name === SYNTHESIS && !ids.has(last.id);
  const answers = isSynthesis ? said.slice(0, -1) : said;
  const tally = tallied(answers, Object.keys(Object(result.tally)), list(asked.choices), result.tally);
  const whole = answers.filter((entry) => entry.status === "complete");
  return {
    total: listed.length || progress?.total || Math.max(expected(asked), answers.length),
    answered: typeof result.answered === "number" ? result.answered : whole.length,
    failed: answers.filter((entry) => entry.status === "partial"),
    silent: listed.filter((one) => one.entry === null).map((one) => String(one.name)),
    answers, tally,
    undecided: tally.length ? whole.filter((entry) => !entry.choice).length : 0,
    dissent: typeof result.dissent === "string" ? result.dissent : dissentOf(whole, tally),
    synthesis: isSynthesis ? { ...last, text: last.text.split(DISSENT)[0].trimEnd() } : null,
    synthesised: typeof result.synthesis === "string" ? result.synthesis : "",
  };
}

/** @param {Record<string, any>} asked @returns {number} how many answers there will be */
function expected({ agents, copies, models }) {
  return (list(agents).length || 1) * (Number(copies) || 1) * (list(models).length || 1);
}

/**
 * Every choice there is, in the order of the question, with who chose it.
 * @param {EntryRow[]} answers @param {string[]} kept of the result @param {unknown[]} asked of the call @param {unknown} counts
 * @returns {Tallied[]}
 */
function tallied(answers, kept, asked, counts) {
  const names = kept.length ? kept : asked.map(String);
  const seen = answers.map((entry) => entry.choice).filter((choice) => choice && !names.includes(choice));
  const known = /** @type {Record<string, number>} */ (Object(counts));
  return [...names, ...new Set(seen)].map((choice) => {
    const voices = answers.filter((entry) => entry.choice === choice);
    return { choice, voices, count: known[choice] ?? voices.length };
  });
}

/** Who chose something else than most, until the poll says so itself. @param {EntryRow[]} whole @param {Tallied[]} tally */
function dissentOf(whole, tally) {
  const most = Math.max(0, ...tally.map((one) => one.count));
  const first = tally.filter((one) => most && one.count === most).map((one) => one.choice);
  return whole.filter((entry) => entry.choice && !first.includes(entry.choice))
    .map((entry) => `${entry.name}: ${entry.choice}`).join("; ");
}

/**
 * The turns of a duo: the first who spoke is one side, everybody else of the two the other; what its reader said between.
 * @param {EntryRow[]} entries
 * @returns {{entry: EntryRow, side: "a" | "b" | "person"}[]}
 */
export function turnsOf(entries) {
  const first = entries.find((entry) => entry.kind === "agent")?.name;
  return entries.map((entry) => ({
    entry, side: entry.kind === "person" ? "person" : entry.name === first ? "a" : "b",
  }));
}

/** @type {Record<TranscriptRow["status"], string>} */
const ENDS = { open: "", done: "finished", failed: "failed", cancelled: "stopped" };

/**
 * How far it is, in a few words: "2 of 5", "round 2 of 6", "paused", "finished".
 * @param {TranscriptRow} row @param {Progress | undefined} progress @param {Poll | null} poll
 */
export function standingOf(row, progress, poll) {
  if (row.status !== "open") return ENDS[row.status];
  if (row.hold) return row.hold === "paused" ? "paused" : "stopping";
  if (poll) return `${poll.answered + poll.failed.length} of ${poll.total}`;
  if (row.tool === "duo" && progress?.total) return `round ${Math.min(progress.total, progress.done ?? 1)} of ${progress.total}`;
  return progress?.text ?? "";
}

/** @param {Poll} poll @returns {string} "4 answers, 1 without, 1 not asked" */
export function countsOf({ answered, failed, silent, undecided }) {
  const parts = [`${answered} ${answered === 1 ? "answer" : "answers"}`];
  if (undecided) parts.push(`${undecided} chose none of these`);
  if (failed.length) parts.push(`${failed.length} without`);
  if (silent.length) parts.push(`${silent.length} not asked any more`);
  return parts.join(", ");
}
