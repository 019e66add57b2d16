// Keyboard shortcuts: which keys mean what, apart from any DOM.

/** @typedef {"find" | "new" | "rename" | "next" | "previous" | "stop" | "side" | "shortcuts"} Command */
/** @typedef {Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "shiftKey" | "altKey">} Press */

/** Also shown to people. Enter and Shift Enter belong to the composer. */
export const SHORTCUTS = [
  { does: "Send", keys: "Enter" },
  { does: "New line", keys: "Shift Enter" },
  { does: "Stop the answer", keys: "Esc" },
  { does: "Search threads", keys: "Ctrl K" },
  { does: "New chat", keys: "Ctrl Shift O" },
  { does: "Side window", keys: "Ctrl ." },
  { does: "Next thread", keys: "Alt Down" },
  { does: "Previous thread", keys: "Alt Up" },
  { does: "Rename this thread", keys: "F2" },
  { does: "This list", keys: "?" },
];

/**
 * @param {Press} press
 * @param {boolean} typing the focus is in a field
 * @returns {Command | null}
 */
export function commandOf({ key, ctrlKey, metaKey, shiftKey, altKey }, typing) {
  const main = ctrlKey || metaKey; // Cmd on Apple keyboards
  const name = `${main ? "Main " : ""}${shiftKey ? "Shift " : ""}${altKey ? "Alt " : ""}${key.length === 1 ? key.toUpperCase() : key}`;
  const command = COMMANDS[name] ?? null;
  return command === "shortcuts" && typing ? null : command;
}

/** @type {Record<string, Command>} */
const COMMANDS = {
  "Main K": "find",
  "Main Shift O": "new",
  "Main .": "side",
  F2: "rename",
  "Alt ArrowDown": "next",
  "Alt ArrowUp": "previous",
  Escape: "stop",
  "Shift ?": "shortcuts",
  "?": "shortcuts",
};
