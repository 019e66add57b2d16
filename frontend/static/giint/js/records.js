// Small pure helpers over records keyed by id. State is never changed in place: a new reference means a change.

/**
 * @template T
 * @param {readonly T[]} rows
 * @returns {Record<string, T>}
 */
export function byId(rows) {
  return Object.fromEntries(rows.map((row) => [/** @type {{id: string}} */ (row).id, row]));
}

/**
 * The record with `changes` laid over one row; unknown ids leave it as it is.
 * @template T
 * @param {Record<string, T>} records
 * @param {string} id
 * @param {Partial<T>} changes
 * @returns {Record<string, T>}
 */
export function changed(records, id, changes) {
  const row = records[id];
  return row ? { ...records, [id]: { ...row, ...changes } } : records;
}

/**
 * @template T
 * @param {Record<string, T>} records
 * @param {(row: T) => boolean} test
 * @returns {Record<string, T>}
 */
export function without(records, test) {
  return Object.fromEntries(Object.entries(records).filter(([, row]) => !test(row)));
}
