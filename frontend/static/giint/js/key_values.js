// The key form's values: from a preset, from a key that is there, and what of them is sent. Pure.

/** @import { KeyRow } from "./events.d.ts" */
/** @import { Preset } from "./wire.d.ts" */

/** @typedef {{label: string, dialect: string, base_url: string, model: string, key: string, default: boolean}} KeyValues */

/** @param {Preset | undefined} preset @param {boolean} first the person has no key yet @returns {KeyValues} */
export function fromPreset(preset, first) {
  const { label = "", dialect = "responses", base_url = "", model = "" } = preset ?? {};
  return { label, dialect, base_url, model, key: "", default: first };
}

/** @param {KeyRow} row @returns {KeyValues} */
export function fromKey({ label, dialect, base_url, model, default: standard }) {
  return { label, dialect, base_url, model, key: "", default: standard };
}

/**
 * What `preset` fills in: a field that the person has changed from what the last preset gave is theirs.
 * @param {KeyValues} values @param {Preset | undefined} before @param {Preset | undefined} preset
 * @returns {KeyValues}
 */
export function withPreset(values, before, preset) {
  const [old, next] = [fromPreset(before, values.default), fromPreset(preset, values.default)];
  const keep = (/** @type {"label" | "model"} */ name) => (values[name] !== old[name] ? values[name] : next[name]);
  return { ...next, label: keep("label"), model: keep("model"), key: values.key, default: values.default };
}

/** @param {KeyValues} values @param {boolean} adding @returns {Partial<KeyValues>} an empty key keeps the old one */
export function payload(values, adding) {
  const { key, ...rest } = { ...values, label: values.label.trim(), base_url: values.base_url.trim(), model: values.model.trim() };
  const typed = key.trim();
  return adding || typed ? { ...rest, key: typed } : rest;
}

/** @param {KeyRow} row @param {string} ago @returns {{kind: "ok" | "bad" | "", text: string}} what its last test gave */
export function checkOf(row, ago) {
  if (!row.checked) return { kind: "", text: "Not tested yet" };
  return row.check_code ? { kind: "bad", text: row.check_sentence } : { kind: "ok", text: `Works, checked ${ago}` };
}
