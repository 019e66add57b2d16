// The first few places where two JSON values differ, as "path: got …, expected …".

export function difference(got, expected, limit = 8) {
  const found = [];
  compare(got, expected, "$", found, limit);
  return found.join("\n");
}

function compare(got, expected, path, found, limit) {
  if (found.length >= limit || Object.is(got, expected)) return;
  if (!isTree(got) || !isTree(expected) || Array.isArray(got) !== Array.isArray(expected)) {
    found.push(`${path}: got ${show(got)}, expected ${show(expected)}`);
    return;
  }
  for (const key of new Set([...Object.keys(got), ...Object.keys(expected)])) {
    compare(got[key], expected[key], `${path}.${key}`, found, limit);
  }
}

const isTree = (value) => typeof value === "object" && value !== null;

function show(value) {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}
