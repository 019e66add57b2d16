// A new chat: who is there, what can be tried, and what is left to set up.

/** @import { AccountRow } from "../events.d.ts" */
/** @import { Session } from "../session.js" */
import { chosenAgent, facing } from "../agents.js";
import { initials } from "../format.js";
import { html, Icon, Tile } from "../html.js";

/** What the offline model understands. */
const SUGGESTIONS = [
  { text: "What time is it in Zürich?", says: "One tool call, with its arguments" },
  { text: "What is 17% of 2,310?", says: "A calculation by a tool" },
  { text: "Show me Markdown", says: "Headings, lists, a table and code" },
  { text: "Stream 200 words", says: "A long answer, to watch and to stop" },
];

/** @param {{session: Session}} props */
export function Empty({ session }) {
  const { store } = session;
  const account = /** @type {AccountRow} */ (store.get("me").account);
  return html`<div class="hero stack l">
    <${Hello} session=${session} account=${account} />
    ${account.source === "offline" && html`<${Suggestions} session=${session} />`}
    ${account.source !== "own" && html`<div class="stack t"><h2 class="lab">Then set up</h2><div class="box">
      <a class="line go" href="/settings"><${Icon} name="key" /><span class="grow">Connect a model server<small>Your key stays encrypted, for you alone</small></span>
        <${Icon} name="right" kind="flip" /></a></div></div>`}</div>`;
}

/** @param {{session: Session, account: AccountRow}} props */
function Hello({ session, account }) {
  const { store } = session;
  const { agent, name: who, tile } = facing(store);
  const name = store.get("boot").user.name.split(" ")[0];
  return html`<div class="stack"><header class="who"><${Tile} letters=${initials(who || "?")} tile=${tile} />
    <b><bdi>${who || "No agent yet"}</bdi></b><bdi class="dim sm cut">${modelOf(agent?.model ?? "", account)}</bdi></header>
    <div class="prose"><div class="block">${GREETINGS[account.source](name, account)}</div></div></div>`;
}

/** @param {string} model @param {AccountRow} account */
function modelOf(model, account) {
  return account.source === "offline" ? "no model" : model || account.model;
}

/** @type {Record<AccountRow["source"], (name: string, account: AccountRow) => any>} */
const GREETINGS = {
  offline: (name) => html`<p>Hello ${name}. I am the offline demo: a small program on this server, <strong>not a language model</strong>. I answer the same way every time, cost nothing and send nothing anywhere.</p>
    <p>I am here so that you can try chats and tools before you connect a real model.</p>`,
  own: (name, { label }) => html`<p>Hello ${name}. Your key <strong><bdi>${label}</bdi></strong> answers here. What do you want to know?</p>`,
  shared: (name, { label }) => html`<p>Hello ${name}. This server's shared account <strong><bdi>${label}</bdi></strong> answers here, until you connect your own.</p>`,
  none: (name) => html`<p>Hello ${name}. No model server is set up for you yet, so nobody can answer. Add a key in Settings first.</p>`,
};

/** @param {{session: Session}} props */
function Suggestions({ session }) {
  const say = (/** @type {string} */ text) => session.deeds.say(text, chosenAgent(session.store)?.id ?? null);
  return html`<div class="stack t"><h2 class="lab">Try one of these</h2><div class="half">
    ${SUGGESTIONS.map(({ text, says }) => html`<button type="button" class="card" onClick=${() => say(text)}>
      <b>${text}</b><small class="sm dim">${says}</small></button>`)}</div></div>`;
}
