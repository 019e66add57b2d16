// What tools gave in this thread, the latest first: live, with what went in, what came out, and the message that caused it.

/** @import { AgentRow, CallRow } from "../events.d.ts" */
/** @import { Session } from "../session.js" */
/** @import { Progress, ThreadState } from "../wire.d.ts" */
import { clock, initials, moment } from "../format.js";
import { html, Icon, memo, Tile } from "../html.js";
import { callsOfThread } from "../side_window.js";
import { Inside, Offered, STATES, Time, whatOf } from "./steps.js";

/** @param {{session: Session}} props */
export function SideOutputs({ session }) {
  const { store, side } = session;
  const thread = /** @type {ThreadState | null} */ (store.get("thread"));
  const { rows, more } = callsOfThread(store.get("called"), thread);
  const { agents } = store.get("me");
  const agentOf = (/** @type {CallRow} */ call) => thread?.messages[call.message]?.agent ?? thread?.runs[call.run]?.agent ?? null;
  return html`<section class="tr stack">
    ${rows.length === 0 && html`<p class="dim sm">${thread ? "No agent has used a tool in this thread yet. What tools give will be listed here." : "What tools give in a thread will be listed here."}</p>`}
    ${rows.length > 0 && html`<div class="work">${rows.map((call) => html`<${Output} key=${call.id} call=${call} progress=${thread?.progress[call.id]} session=${session}
      agent=${agents.find((/** @type {AgentRow} */ row) => row.id === agentOf(call)) ?? null} />`)}</div>`}
    ${more && html`<button type="button" class="btn quiet full" onClick=${() => void side.moreCalls()}>Older tool outputs</button>`}</section>`;
}

const Output = memo((/** @type {{call: CallRow, progress?: Progress, agent: AgentRow | null, session: Session}} */ { call, progress, agent, session }) => {
  const { word, mark } = STATES[call.status];
  const counted = call.status === "running" && progress?.total !== undefined;
  return html`<details class="step ${call.status}"><summary>${mark}<span class="vh">${word}</span><code><bdi>${call.tool}</bdi></code>
      <span class="what cut" dir="auto">${whatOf(call, progress)}</span><${Time} call=${call} store=${session.store} /><${Icon} name="down" small kind="chev" /></summary>
    <div class="io">
      ${counted && html`<progress value=${progress.done ?? 0} max=${progress.total} aria-label=${progress.text || call.label}></progress>`}
      <p class="row wrap sm">${agent && html`<${Tile} letters=${initials(agent.name)} tile=${agent.tile} small /><bdi>${agent.name}</bdi>`}
        <time class="xs dim" dateTime=${call.started} title=${moment(call.started)}>${clock(call.started)}</time><span class="grow"></span>
        <button type="button" class="btn quiet sm" onClick=${() => session.side.reveal(call.message)}><${Icon} name="open" small />Its message</button></p>
      <${Inside} call=${call} /></div></details>
    ${call.files.map((file) => html`<${Offered} key=${file.id} file=${file} />`)}`;
});
