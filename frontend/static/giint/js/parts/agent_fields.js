// The parts of the agent form that follow from tables: a template's variables, model parameters, tools.

/** @import { Parameter, Tool, Variable } from "../wire.d.ts" */
import { about } from "../agent_values.js";
import { html, Icon } from "../html.js";
import { ChoiceField, TextField } from "./field.js";

/** @type {[string, string][]} */
const YES_OR_NO = [["true", "yes"], ["false", "no"]];
/** @type {[string, string]} */
const UNSET = ["", "not set"];

/**
 * One variable as its type has it.
 * @param {{variable: Variable, value: unknown, error: string, onChange: (value: unknown) => void}} props
 */
export function VariableField({ variable, value, error, onChange }) {
  const { name, type, choices = [], description } = variable;
  const shared = { id: `variable-${name}`, label: name.replaceAll("_", " "), error, help: description };
  if (type === "boolean" || type === "choice") {
    /** @type {[string, string][]} */
    const options = type === "boolean" ? YES_OR_NO : choices.map((one) => [one, one]);
    const take = (/** @type {string} */ text) => onChange(text === "" ? null : type === "boolean" ? text === "true" : text);
    return html`<${ChoiceField} ...${shared} value=${String(value ?? "")} onChange=${take}
      options=${variable.default === null && (value ?? null) === null ? [["", "Choose…"], ...options] : options} />`;
  }
  const take = (/** @type {string} */ text) =>
    onChange(text === "" && variable.default === null ? null : type === "number" && text !== "" && !Number.isNaN(Number(text)) ? Number(text) : text);
  return html`<${TextField} ...${shared} value=${String(value ?? "")} mode=${type === "number" ? "decimal" : undefined} onChange=${take} />`;
}

/** @param {{table: Parameter[], values: Record<string, string>, error: string, onChange: (values: Record<string, string>) => void}} props */
export function Parameters({ table, values, error, onChange }) {
  const placed = table.some((row) => about(error, row.name));
  return html`<details class="stack t" open=${error ? true : undefined}><summary class="lab"><${Icon} name="right" small kind="chev" />Model parameters</summary>
    ${error && !placed && html`<p class="err">${error}</p>`}
    <div class="half">${table.map((row) => html`<${OneParameter} key=${row.name} row=${row} value=${values[row.name] ?? ""}
      error=${about(error, row.name)} onChange=${(/** @type {string} */ text) => onChange({ ...values, [row.name]: text })} />`)}</div></details>`;
}

/** @param {{row: Parameter, value: string, error: string, onChange: (text: string) => void}} props */
function OneParameter({ row, value, error, onChange }) {
  const shared = { id: `parameter-${row.name}`, label: row.label, value, error, onChange };
  if (row.kind === "choice") return html`<${ChoiceField} ...${shared} options=${[UNSET, ...row.choices.map((one) => [one, one])]} />`;
  if (row.kind === "boolean") return html`<${ChoiceField} ...${shared} options=${[UNSET, ...YES_OR_NO]} />`;
  if (row.kind === "format") return html`<${TextField} ...${shared} help="text, json_object, or a JSON schema as the Responses API has it." />`;
  return html`<${TextField} ...${shared} mode="decimal" help="From ${row.low} to ${row.high}." />`;
}

/** @param {{tools: Tool[], chosen: string[], error: string, onChange: (names: string[]) => void}} props */
export function Tools({ tools, chosen, error, onChange }) {
  const unknown = chosen.filter((name) => !tools.some((tool) => tool.name === name));
  const toggle = (/** @type {string} */ name, /** @type {boolean} */ on) =>
    onChange(on ? [...chosen, name] : chosen.filter((one) => one !== name));
  return html`<fieldset class="stack t"><legend class="lab">Tools, and what they may do</legend>
    ${error && html`<p class="err">${error}</p>`}
    <div class="box">${tools.map((tool) => html`<label class="pick" key=${tool.name}><input type="checkbox" checked=${chosen.includes(tool.name)}
        onChange=${(/** @type {any} */ event) => toggle(tool.name, event.target.checked)} />
      <span class="grow">${tool.label} <code class="dim">${tool.name}</code><small class="cut">${firstLine(tool.description)}</small></span>
      ${tool.asks && html`<span class="tag warn">asks you first</span>`}</label>`)}
      ${unknown.map((name) => html`<label class="pick" key=${name}><input type="checkbox" checked onChange=${() => toggle(name, false)} />
        <span class="grow dim"><code>${name}</code><small>You may not use this tool now; it is not offered to the model.</small></span></label>`)}
      ${!tools.length && !unknown.length && html`<p class="pad dim">There are no tools that you may use.</p>`}</div></fieldset>`;
}

/** @param {string} text */
const firstLine = (text) => text.split("\n", 1)[0];
