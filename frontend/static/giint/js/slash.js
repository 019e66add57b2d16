// Commands in the composer: what fits the word after the slash.

/** @typedef {{id: string, label: string}} Command */

/**
 * The commands that `text` may become: while it is a slash and the beginning of a word, nothing more.
 * @param {string} text @param {readonly Command[]} commands
 * @returns {Command[]}
 */
export function fitting(text, commands) {
  const word = /^\/(\w*)$/.exec(text)?.[1];
  return word === undefined ? [] : commands.filter((one) => one.id.startsWith(word.toLowerCase()));
}
