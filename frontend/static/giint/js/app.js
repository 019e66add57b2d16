// The page begins here: one bootstrap fetch, the store, the socket, the first drawing; then what the window tells.

/** @import { Bootstrap, Link, ThreadState } from "./wire.d.ts" */
/** @import { Command } from "./keyboard.js" */
import { effect } from "@preact/signals";
import { render } from "preact";
import { api, ApiError } from "./api.js";
import { titleOf } from "./format.js";
import { html } from "./html.js";
import { commandOf } from "./keyboard.js";
import { Looking } from "./looking.js";
import { Shell } from "./parts/shell.js";
import { activeRun } from "./path.js";
import { ownLink, routeOf } from "./router.js";
import { Session } from "./session.js";
import { Store } from "./store.js";
import { showTheme } from "./theme.js";
import { listed } from "./user_events.js";

const RELOADED = "giint.reloaded";
/** A page that was just loaded and is refused again must not load for ever. */
const AGAIN_MS = 10_000;

/** @type {Record<string, string>} */
const PAGES = {
  settings: "Settings", agents: "Agents", imports: "Import assistants", remote: "Remote assistants", transcript: "Transcript", transcripts: "Transcripts",
};

const store = new Store();
/** Where the side window lies over the chat, as in components.css. */
const over = matchMedia("(max-width:899px)");

/** Another person signed in, or nobody is: the page is not this person's any more. */
function signedOut() {
  const last = Number(sessionStorage.getItem(RELOADED) ?? 0);
  if (Date.now() - last < AGAIN_MS) {
    store.set("link", { status: "ended", since: Date.now(), next: 0 });
    return;
  }
  sessionStorage.setItem(RELOADED, String(Date.now()));
  location.reload();
}

async function begin() {
  const route = routeOf(location.pathname);
  store.set("route", route);
  const boot = await load(route.thread);
  if (!boot) return;
  const session = new Session(store, boot, signedOut);
  const page = /** @type {HTMLElement} */ (document.getElementById("page"));
  page.replaceChildren();
  store.set("narrow", over.matches); // before the first drawing: what is a column elsewhere must not flash here
  render(html`<${Shell} session=${session} />`, page);
  session.begin();
  follow();
  followSide(session);
  listen(session);
}

/** @param {string | null} thread @returns {Promise<Bootstrap | null>} */
async function load(thread) {
  try {
    return await api("GET", thread ? `bootstrap?thread=${encodeURIComponent(thread)}` : "bootstrap");
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.status === 401) location.assign(document.body.dataset.signIn ?? "/");
    else sayPlainly(error.message);
    return null;
  }
}

/** @param {string} sentence */
function sayPlainly(sentence) {
  const said = document.createElement("div");
  said.className = "center";
  said.setAttribute("role", "alert");
  const again = document.createElement("button");
  again.className = "btn";
  again.textContent = "Load the page";
  again.addEventListener("click", () => location.reload());
  said.append(sentence, " ", again);
  document.getElementById("page")?.replaceChildren(said);
}

/** What of the store shows outside of the components. */
function follow() {
  const root = document.documentElement;
  effect(() => showTheme(store.get("theme")));
  effect(() => {
    if (store.get("drawer")) root.dataset.threads = "open";
    else delete root.dataset.threads;
  });
  effect(() => {
    const thread = /** @type {ThreadState | null} */ (store.get("thread"));
    const page = PAGES[store.get("route").page];
    const name = page ? page : thread?.thread ? titleOf(thread.thread) : "New chat";
    document.title = `${name} · GIINT`;
  });
  store.set("now", Date.now());
  setInterval(() => {
    const thread = /** @type {ThreadState | null} */ (store.peek("thread"));
    const link = /** @type {Link} */ (store.peek("link"));
    if (link.status !== "open" || (thread && activeRun(thread))) store.set("now", Date.now());
  }, 1000);
}

/** What the side window needs of the page; and the word that what it shows was looked at. @param {Session} session */
function followSide({ side }) {
  const root = document.documentElement;
  const looking = new Looking((kinds) => api("POST", "new/looked", { kinds }));
  const seen = () => store.set("seen", document.visibilityState === "visible");
  over.addEventListener("change", () => store.set("narrow", over.matches));
  document.addEventListener("visibilitychange", seen);
  seen();
  effect(() => root.style.setProperty("--w-side", `${store.get("side_width")}px`));
  effect(() => {
    if (side.isOpen) root.dataset.side = "open";
    else delete root.dataset.side;
  });
  effect(() => {
    const isOn = store.get("link").status === "open" && store.get("seen") && side.isOpen;
    looking.see(isOn ? store.get("side_tab") : null, store.get("me").new);
  });
}

/** @param {Session} session */
function listen(session) {
  const { places } = session;
  addEventListener("popstate", () => void places.arrived());
  addEventListener("online", () => session.socket.tryNow());
  document.addEventListener("click", (event) => {
    const route = ownLink(event);
    if (!route) return;
    event.preventDefault();
    void places.go(route);
    if (route.page === "chat" && matchMedia("(pointer:fine)").matches) focusComposer();
  });
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || store.peek("dialog") || !store.peek("shortcuts")) return;
    const typing = event.target instanceof Element && event.target.matches("input, textarea, select");
    const command = commandOf(event, typing);
    if (command && run(command, session)) event.preventDefault();
  });
}

const focusComposer = () => requestAnimationFrame(() => document.getElementById("composer")?.focus());

/** @param {Command} command @param {Session} session @returns {boolean} whether there was something to do */
function run(command, session) {
  const thread = /** @type {ThreadState | null} */ (store.peek("thread"));
  if (command === "find") {
    store.set("drawer", true);
    requestAnimationFrame(() => document.getElementById("find")?.focus());
  } else if (command === "new") {
    void session.places.go({ page: "chat", thread: null });
    focusComposer();
  } else if (command === "shortcuts") store.set("dialog", { kind: "shortcuts" });
  else if (command === "rename" && thread?.thread) {
    store.set("dialog", { kind: "rename", id: thread.thread.id, title: titleOf(thread.thread) });
  } else if (command === "next" || command === "previous") step(session, command === "next" ? 1 : -1);
  else if (command === "side" && store.peek("route").page === "chat") session.side.toggle();
  else if (command === "stop" && store.peek("drawer")) store.set("drawer", false);
  else if (command === "stop" && store.peek("narrow") && store.peek("side_over")) session.side.set(false);
  else if (command === "stop" && thread && activeRun(thread)) session.deeds.stop();
  else return false;
  return true;
}

/** @param {Session} session @param {1 | -1} by */
function step(session, by) {
  const rows = listed(store.peek("me"));
  const at = rows.findIndex((row) => row.id === session.places.here);
  const next = rows[at < 0 ? 0 : at + by];
  if (next) void session.places.go({ page: "chat", thread: next.id });
}

void begin();
