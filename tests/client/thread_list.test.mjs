import assert from "node:assert/strict";
import test from "node:test";
import { fromSnapshot } from "../../frontend/static/giint/js/reducer.js";
import { Store } from "../../frontend/static/giint/js/store.js";
import { hasMore, LIVE, shown, ThreadList } from "../../frontend/static/giint/js/thread_list.js";
import { listRow, userSnapshot } from "./fixtures.mjs";

function setup(pages, snapshot = {}) {
  const store = new Store();
  store.start({ me: userSnapshot({ threads: [listRow("a")], ...snapshot }), thread: null, missing: false });
  const asked = [];
  const get = async (path) => { asked.push(path); return pages.shift(); };
  const list = new ThreadList(store, { get, fault: () => null });
  const ids = () => shown(store.peek("find"), store.peek("me")).map((row) => row.id);
  return { store, list, asked, ids };
}

test("the live list is what the stream says, and asks nobody", async () => {
  const page = setup([]);
  await page.list.show({ text: "  " });
  assert.deepEqual([page.ids(), page.asked], [["a"], []]);
  assert.equal(hasMore(LIVE, fromSnapshot(userSnapshot())), false);
});

test("older threads follow the live ones, each once", async () => {
  const page = setup(
    [{ threads: [listRow("a")], next: "c1" }, { threads: [listRow("a"), listRow("b")], next: "c2" }, { threads: [listRow("c")], next: null }],
    { older: true },
  );
  assert.equal(hasMore(page.store.peek("find"), page.store.peek("me")), true);
  await page.list.more();
  await page.list.more();
  assert.deepEqual(page.asked, ["threads?", "threads?before=c1", "threads?before=c2"]);
  assert.deepEqual(page.ids(), ["a", "b", "c"]);
  assert.equal(hasMore(page.store.peek("find"), page.store.peek("me")), false);
});

test("searching and the archive replace the list; leaving both brings it back", async () => {
  const page = setup([{ threads: [listRow("x")], next: null }, { threads: [listRow("y", { archived: true })], next: null }]);
  await page.list.show({ text: "né & co" });
  assert.deepEqual(page.ids(), ["x"]);
  await page.list.show({ text: "", archived: true });
  assert.deepEqual(page.ids(), ["y"]);
  await page.list.show({ archived: false });
  assert.deepEqual(page.ids(), ["a"]);
  assert.deepEqual(page.asked, ["threads?q=n%C3%A9+%26+co", "threads?archived=1"]);
});

test("an answer to what is no longer asked is dropped", async () => {
  let answer;
  const page = setup([new Promise((done) => (answer = done)), { threads: [listRow("new")], next: null }]);
  const slow = page.list.show({ text: "old" });
  await page.list.show({ text: "new" });
  answer({ threads: [listRow("old")], next: null });
  await slow;
  assert.deepEqual(page.ids(), ["new"]);
});

test("a found thread that is deleted or archived meanwhile leaves the list", async () => {
  const page = setup([{ threads: [listRow("a"), listRow("x")], next: null }]);
  await page.list.show({ text: "q" });
  page.list.drop("x");
  assert.deepEqual(page.ids(), ["a"]);
  page.store.receive({ op: "event", stream: "user:user_1", seq: 1, type: "thread.updated", payload: { thread: "a", changes: { archived: true } } });
  assert.deepEqual(page.ids(), []);
});
