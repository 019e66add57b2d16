// The agent form's values: from a template, from an agent that is there, or blank; and what of them is sent. Pure.

/** @import { AgentRow } from "./events.d.ts" */
/** @import { Parameter, TemplateRow, Variable } from "./wire.d.ts" */

/**
 * @typedef {{
 *   name: string, description: string, instructions: string, model: string, tools: string[],
 *   parameters: Record<string, string>, variables: Record<string, unknown>,
 * }} AgentValues  parameters are as they are typed; an empty one is not set
 */

/** @param {string[]} tools @returns {AgentValues} */
export const blank = (tools) => ({ name: "", description: "", instructions: "", model: "", tools, parameters: {}, variables: {} });

/** @param {Record<string, unknown>} parameters @returns {Record<string, string>} */
const typed = (parameters) =>
  Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, typeof value === "object" ? JSON.stringify(value) : String(value)]));

/** @param {TemplateRow} template @returns {AgentValues} */
export function fromTemplate({ name, description, model, tools, parameters, variables }) {
  const values = Object.fromEntries(variables.map((one) => [one.name, one.default]));
  return { name, description, instructions: "", model, tools, parameters: typed(parameters), variables: values };
}

/** @param {AgentRow} row @returns {AgentValues} */
export function fromAgent({ name, description, instructions, model, tools, parameters, variables }) {
  return { name, description, instructions, model, tools, parameters: typed(parameters), variables };
}

/**
 * What the server is sent. A template's own name is left out, so that the same choice finds the agent that is there.
 * @param {AgentValues} values @param {Parameter[]} table @param {TemplateRow | null} template of a new agent
 * @returns {Record<string, unknown>}
 */
export function payload(values, table, template) {
  const { variables, name, parameters, ...rest } = values;
  const named = template && name.trim() === template.name ? {} : { name };
  const kinds = Object.fromEntries(table.map((row) => [row.name, row.kind]));
  const set = Object.entries(parameters).filter(([, text]) => text.trim() !== "");
  const sent = Object.fromEntries(set.map(([key, text]) => [key, meant(text.trim(), kinds[key])]));
  const body = { ...rest, ...named, parameters: sent };
  if (template) return { ...body, template: template.id, variables };
  return Object.keys(variables).length ? { ...body, variables } : body;
}

/** What is not of the kind goes as it was typed: the server says what is wrong with it. @param {string} text @param {string} kind */
function meant(text, kind) {
  if (kind === "number" || kind === "whole") return Number.isNaN(Number(text)) ? text : Number(text);
  if (kind === "boolean") return text === "true" ? true : text === "false" ? false : text;
  return kind === "format" ? parsed(text) : text;
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Whose sentence it is: the server names the parameter first. @param {string} sentence @param {string} name */
export const about = (sentence, name) => (new RegExp(`\\b${name}\\b`).test(sentence) ? sentence : "");

/** Variables that somebody has to give a value for. @param {Variable[]} variables @param {Record<string, unknown>} given */
export const asked = (variables, given) => variables.filter((one) => one.default === null && (given[one.name] ?? null) === null);

/**
 * Declarations for the values of an agent whose revision is not the one that is known: of each value's own kind.
 * @param {Record<string, unknown>} values @returns {Variable[]}
 */
export function undeclared(values) {
  return Object.entries(values).map(([name, value]) => ({
    name, type: typeof value === "boolean" ? "boolean" : typeof value === "number" ? "number" : "text", default: null, description: "",
  }));
}
