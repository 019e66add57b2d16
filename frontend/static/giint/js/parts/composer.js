// The box in which people write. It is never disabled while an agent answers; what is sent then is queued.

/** @import { Session } from "../session.js" */
import { byRecency, choosable, facing, recent } from "../agents.js";
import { initials, number } from "../format.js";
import { html, Icon, IconButton, Tile } from "../html.js";
import { activeRun } from "../path.js";
import { begun, fitting } from "../slash.js";
import { Menu } from "./menu.js";

/** @param {{session: Session}} props */
export function Composer({ session }) {
  const { store } = session;
  const thread = store.get("thread");
  if (thread?.thread?.archived) return html`<${Archived} session=${session} id=${thread.thread.id} />`;
  const text = store.get("drafts")[store.get("route").thread ?? ""] ?? "";
  const limit = store.get("boot").limits.text;
  const running = thread !== null && activeRun(thread) !== null;
  const { agent, name } = facing(store);
  const sendable = text.trim() !== "" && text.length <= limit;
  const send = () => sendable && session.deeds.say(text.trim(), agent?.id ?? null);
  return html`<form class="composer" onSubmit=${(/** @type {Event} */ event) => { event.preventDefault(); send(); }}>
    <label class="vh" for="composer">Message</label>
    <${Commands} session=${session} text=${text} />
    <textarea id="composer" rows="1" dir="auto" placeholder=${running ? "Write the next message" : name ? `Ask ${name}` : "Write a message"}
      value=${text} aria-invalid=${text.length > limit ? "true" : null} aria-describedby=${text.length > limit ? "too-long" : null}
      onInput=${(/** @type {any} */ event) => session.deeds.draft(event.target.value)}
      onKeyDown=${(/** @type {KeyboardEvent} */ event) => onKey(event, store.peek("enter_sends"), send)}></textarea>
    ${text.length > limit && html`<p class="err" id="too-long" role="alert">${number(text.length)} characters; at most ${number(limit)} go at once.</p>`}
    ${agent?.warning && html`<p class="help row"><${Icon} name="alert" small kind="warn" /><span>${agent.warning}</span></p>`}
    <div class="row"><${AgentChip} session=${session} /><span class="grow"></span>
      ${running && store.get("link").status === "open" && html`<${IconButton} name="stop" label="Stop answering" title="Stop  Esc" kind="round" onClick=${() => session.deeds.stop()} />`}
      <${SendButton} running=${running} disabled=${!sendable} /></div></form>`;
}

/** What the slash may become, or how the command goes on. @param {{session: Session, text: string}} props */
function Commands({ session, text }) {
  const all = session.store.get("boot").commands;
  const command = begun(text, all);
  if (command) return html`<div class="menu over" role="note" aria-label="How it goes on"><div class="opt"><${Icon} name=${command.id} /><b>/${command.id}</b><small>${command.form}</small></div></div>`;
  const commands = fitting(text, all);
  if (!commands.length) return null;
  const take = (/** @type {string} */ id) => {
    session.deeds.draft(`/${id} `);
    document.getElementById("composer")?.focus();
  };
  return html`<div class="menu over" role="group" aria-label="Commands">${commands.map((one) => html`<button type="button" class="opt" key=${one.id}
    onClick=${() => take(one.id)}><${Icon} name=${one.id} /><b>/${one.id}</b><small>${one.label}</small></button>`)}</div>`;
}

/** @param {{running: boolean, disabled: boolean}} props */
function SendButton({ running, disabled }) {
  if (running) {
    return html`<button type="submit" class="btn pri round" disabled=${disabled} aria-label="Queue" title="Sent when this answer is done  Enter">
      <${Icon} name="queue" /><span class="hide-s">Queue</span></button>`;
  }
  return html`<button type="submit" class="btn pri icon round" disabled=${disabled} aria-label="Send" title="Send  Enter"><${Icon} name="send" /></button>`;
}

/** @param {KeyboardEvent} event @param {boolean} enterSends @param {() => void} send */
function onKey(event, enterSends, send) {
  if (event.key !== "Enter" || event.isComposing || event.shiftKey || event.altKey) return;
  if (!enterSends && !event.ctrlKey && !event.metaKey) return;
  event.preventDefault();
  send();
}

/** As many agents as the menu shows; all of them are on their page. */
const SHORT = 7;

/** @param {{session: Session}} props */
function AgentChip({ session }) {
  const { store, places } = session;
  const { agent, name, tile } = facing(store);
  const { agents: mine, threads } = store.get("me");
  const agents = byRecency(choosable(mine), [agent?.id ?? "", ...recent(threads)]);
  const chosen = agents.slice(0, SHORT).map((row) => ({
    chosen: row.id === agent?.id,
    act: () => session.deeds.face(row.id),
    label: html`<${Tile} letters=${initials(row.name)} tile=${row.tile} /><span class="grow"><bdi>${row.name}</bdi>
      <br /><small>${row.model || store.get("me").account?.model || "default model"}</small>
      ${row.newer && html`<br /><small>newer revision</small>`}
      ${row.warning && html`<br /><small><${Icon} name="alert" small kind="warn" /> ${row.warning}</small>`}</span>${row.id === agent?.id && html`<${Icon} name="check" />`}`,
  }));
  const more = { label: html`<${Icon} name="agent" /><span class="grow">All agents and templates</span>`, act: () => void places.go({ page: "agents", thread: null, part: "" }) };
  const items = [...chosen, more];
  const shown = name || "Choose an agent";
  const face = html`<${Tile} letters=${initials(shown)} tile=${tile} small /><bdi class="cut">${shown}</bdi><${Icon} name="down" small />`;
  return html`<${Menu} label=${`Agent: ${shown}`} title="Choose the agent" face=${face} items=${items} kind="chip" role="listbox" place="above" />`;
}

/** @param {{session: Session, id: string}} props */
function Archived({ session, id }) {
  return html`<div class="note row wrap"><span class="grow">This thread is archived. Bring it back to write in it.</span>
    <button type="button" class="btn" onClick=${() => void session.deeds.change(id, { archived: false })}>Bring it back</button></div>`;
}
