// Commands in the composer: what fits the word after the slash, and how a command goes on.

/** @typedef {{id: string, label: string, form: string}} Command */

/**
 * The commands that `text` may become: while it is a slash and the beginning of a word, nothing more.
 * @param {string} text @param {readonly Command[]} commands
 * @returns {Command[]}
 */
export function fitting(text, commands) {
  const word = /^\/(\w*)$/.exec(text)?.[1];
  return word === undefined ? [] : commands.filter((one) => one.id.startsWith(word.toLowerCase()));
}

/**
 * The command whose form is shown: `text` is the command and nothing of what follows it yet.
 * @param {string} text @param {readonly Command[]} commands
 * @returns {Command | undefined}
 */
export function begun(text, commands) {
  const word = /^\/(\w+) $/.exec(text)?.[1]?.toLowerCase();
  return commands.find((one) => one.id === word);
}
