// The fields of a form, each with its label, its help and what is wrong with it.

import { html, Icon } from "../html.js";

/** @typedef {{id: string, label: string, value: string, error?: string, help?: string, onChange: (value: string) => void}} Props */

/** @param {{id: string, error: string, help: string}} props */
export const Below = ({ id, error, help }) => html`<div id="${id}-help">${error ? html`<p class="err"><${Icon} name="alert" small /><span>${error}</span></p>`
  : help && html`<p class="help">${help}</p>`}</div>`;

/** @param {string} id @param {string} error */
const about = (id, error) => ({ id, "aria-invalid": error ? "true" : null, "aria-describedby": `${id}-help` });

/** @param {Props & {type?: string, list?: string[], mode?: string}} props */
export function TextField({ id, label, value, error = "", help = "", type = "text", list = [], mode, onChange }) {
  return html`<div class="field"><label for=${id}>${label}</label>
    <input class="in" ...${about(id, error)} type=${type} inputmode=${mode} value=${value} autocomplete="off" list=${list.length ? `${id}-list` : null}
      onInput=${(/** @type {any} */ event) => onChange(event.target.value)} />
    ${list.length > 0 && html`<datalist id="${id}-list">${list.map((one) => html`<option value=${one} />`)}</datalist>`}
    <${Below} id=${id} error=${error} help=${help} /></div>`;
}

/** @param {Props & {rows?: number, kind?: string}} props */
export function AreaField({ id, label, value, error = "", help = "", rows = 5, kind = "", onChange }) {
  return html`<div class="field"><label for=${id}>${label}</label>
    <textarea class="in ${kind}" ...${about(id, error)} rows=${rows} dir="auto" value=${value}
      onInput=${(/** @type {any} */ event) => onChange(event.target.value)}></textarea>
    <${Below} id=${id} error=${error} help=${help} /></div>`;
}

/** @param {Props & {options: [string, string][]}} props  options: value and label */
export function ChoiceField({ id, label, value, error = "", help = "", options, onChange }) {
  return html`<div class="field"><label for=${id}>${label}</label><span class="sel">
    <select class="in" ...${about(id, error)} value=${value} onChange=${(/** @type {any} */ event) => onChange(event.target.value)}>
      ${options.map(([key, words]) => html`<option value=${key} selected=${key === value}>${words}</option>`)}</select><${Icon} name="down" small /></span>
    <${Below} id=${id} error=${error} help=${help} /></div>`;
}
