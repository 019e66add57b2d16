// Judges "state + events == fresh state" with the client's own reducer.
// Reads JSON lines {name, before: snapshot|null, frames: [...], after: snapshot}; answers each with a JSON line
// {name, ok, difference}. Run: node tests/client/judge.mjs < cases.jsonl
import { isDeepStrictEqual } from "node:util";
import { createInterface } from "node:readline";
import { fromSnapshot, reduce, view } from "../../frontend/static/giint/js/reducer.js";
import { difference } from "./difference.mjs";

function judge({ name, before, frames, after }) {
  let state = before === null ? null : fromSnapshot(before);
  for (const frame of frames) state = reduce(state, frame);
  if (state === null) return { name, ok: false, difference: "no snapshot among the frames" };
  if (state.stale) return { name, ok: false, difference: `the client would have to ask again: ${state.stale}` };
  const [got, expected] = [view(state), view(fromSnapshot(after))];
  const ok = state.seq === after.seq && isDeepStrictEqual(got, expected);
  return { name, ok, difference: ok ? "" : difference(got, expected) || `seq ${state.seq}, expected ${after.seq}` };
}

for await (const line of createInterface({ input: process.stdin })) {
  if (line.trim()) process.stdout.write(`${JSON.stringify(judge(JSON.parse(line)))}\n`);
}
