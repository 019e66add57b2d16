// API tokens: the choices of the form, what of them is sent, and how an end reads. Pure.

/** @import { TokenRow } from "./wire.d.ts" */

/** @typedef {{name: string, scopes: string[], days: string}} TokenValues */

/** @type {[string, string][]} */
export const ENDS = [["7", "In 7 days"], ["30", "In 30 days"], ["90", "In 90 days"], ["365", "In a year"], ["", "Never"]];
const DAY = 86_400_000;

/** @returns {TokenValues} */
export const fresh = () => ({ name: "", scopes: ["read"], days: "90" });

/** @param {TokenValues} values @param {number} now @returns {{name: string, scopes: string[], expires: string | null}} */
export function payload({ name, scopes, days }, now) {
  return { name: name.trim(), scopes, expires: days ? new Date(now + Number(days) * DAY).toISOString() : null };
}

/** @param {string[]} scopes @param {string} scope @param {boolean} on @returns {string[]} */
export function chosen(scopes, scope, on) {
  return on ? [...scopes.filter((one) => one !== scope), scope] : scopes.filter((one) => one !== scope);
}

/** @param {TokenRow} row @param {number} now @returns {{text: string, soon: boolean}} */
export function endOf({ expires }, now) {
  if (!expires) return { text: "never", soon: false };
  const left = Date.parse(expires) - now;
  const days = Math.ceil(left / DAY);
  if (left <= 0) return { text: "has ended", soon: true };
  return { text: left < DAY ? "within a day" : `in ${days} days`, soon: days <= 7 };
}
