// Times, durations and names as people read them. Pure, but for the reader's own time zone and language.

/** @param {string} iso @returns {string} a clock time such as "14:26" */
export function clock(iso) {
  return new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(new Date(iso));
}

/** @param {string} iso @returns {string} day and time, for titles */
export function moment(iso) {
  return new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" }).format(new Date(iso));
}

/** @param {number} ms @returns {string} "0.1 s", "15.0 s" and from a minute on "1:05" */
export function duration(ms) {
  return ms < 60_000 ? `${(Math.max(0, ms) / 1000).toFixed(1)} s` : counter(ms);
}

/** @param {number} ms @returns {string} a running count: "0:04", "12:30" */
export function counter(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** @param {string} started @param {string | null} ended @param {number} now @returns {string} */
export function took(started, ended, now) {
  const from = Date.parse(started);
  return ended ? duration(Date.parse(ended) - from) : counter(now - from);
}

/** @param {string} name @returns {string} at most two letters for a tile */
export function initials(name) {
  const all = name.trim().split(/\s+/).filter(Boolean);
  const words = all.length > 1 ? all.filter((word) => !/^#\d+$/.test(word)) : all; // "Critic #2", where one is asked twice
  const letters = words.length > 1 ? [words[0], words[words.length - 1]].map((word) => [...word][0]) : [...(words[0] ?? "?")].slice(0, 2);
  return letters.join("").toUpperCase();
}

/** @param {string} id @returns {number} a person's colour, 1 to 6, fixed by their id */
export function tileOf(id) {
  let sum = 0;
  for (const letter of id) sum = (sum * 31 + letter.charCodeAt(0)) >>> 0;
  return (sum % 6) + 1;
}

/** @param {string} text @returns {string} its first line, short enough for a heading */
export function firstLine(text) {
  const line = text.trim().split("\n", 1)[0];
  return line.length > 80 ? `${line.slice(0, 79)}…` : line;
}

/** @param {string} text @returns {string} its first line as it reads: without the signs of Markdown */
export const plainLine = (text) => firstLine(text.trim().split("\n", 1)[0].replace(/^#+\s+/, "").replace(/\*\*(\S(?:.*?\S)?)\*\*/g, "$1"));

/** @param {{title: string}} thread */
export const titleOf = (thread) => thread.title || "New chat";

/** @param {string} iso @param {Date} now @returns {"Today" | "Yesterday" | "Earlier"} */
export function dayGroup(iso, now) {
  const day = (/** @type {Date} */ date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
  const days = Math.round((day(now) - day(new Date(iso))) / 86_400_000);
  return days <= 0 ? "Today" : days === 1 ? "Yesterday" : "Earlier";
}

/** @param {string | null} iso @param {number} now @returns {string} "just now", "5 min ago", "2 h ago", a date */
export function ago(iso, now) {
  if (!iso) return "";
  const minutes = Math.floor((now - Date.parse(iso)) / 60_000);
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${minutes} min ago`;
  return minutes < 1440 ? `${Math.floor(minutes / 60)} h ago` : moment(iso);
}

/** @param {number} count @returns {string} with separators: "1,204" */
export const number = (count) => new Intl.NumberFormat("en").format(count);

/** @param {string} address @returns {string} its host and port */
export function hostOf(address) {
  return URL.canParse(address) ? new URL(address).host : address;
}
