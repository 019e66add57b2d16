// API tokens: what the form sends and how an end reads.

import assert from "node:assert/strict";
import { test } from "node:test";
import { chosen, endOf, fresh, payload } from "../../frontend/static/giint/js/token_values.js";

const NOW = Date.parse("2026-11-20T12:00:00Z");
const row = (expires) => ({ id: "token_1", name: "x", begins: "gnt_abcd", scopes: ["read"], created: "", expires, last_used: null });

test("days become a moment, never becomes null", () => {
  assert.deepEqual(payload({ name: " cron ", scopes: ["read"], days: "7" }, NOW), { name: "cron", scopes: ["read"], expires: "2026-11-27T12:00:00.000Z" });
  assert.equal(payload({ ...fresh(), days: "" }, NOW).expires, null);
});

test("a scope is chosen once and let go", () => {
  assert.deepEqual(chosen(["read"], "write", true), ["read", "write"]);
  assert.deepEqual(chosen(["read", "write"], "read", true), ["write", "read"]);
  assert.deepEqual(chosen(["read", "write"], "read", false), ["write"]);
});

test("an end that is near is marked", () => {
  assert.deepEqual(endOf(row(null), NOW), { text: "never", soon: false });
  assert.deepEqual(endOf(row("2027-01-20T12:00:00Z"), NOW), { text: "in 61 days", soon: false });
  assert.deepEqual(endOf(row("2026-11-24T11:00:00Z"), NOW), { text: "in 4 days", soon: true });
  assert.deepEqual(endOf(row("2026-11-20T18:00:00Z"), NOW), { text: "within a day", soon: true });
  assert.deepEqual(endOf(row("2026-11-20T11:00:00Z"), NOW), { text: "has ended", soon: true });
});
