// One article of the conversation: what the person said, or what an agent answered in one run.

/** @import { AgentRow, ApprovalRow, CallRow, MessageRow, RunRow } from "../events.d.ts" */
/** @import { Outgoing, Progress } from "../wire.d.ts" */
/** @import { Session } from "../session.js" */
import { copy } from "../clipboard.js";
import { clock, initials, moment } from "../format.js";
import { html, Icon, IconButton, memo, Tile } from "../html.js";
import { endingOf } from "../status.js";
import { Ask, Past } from "./ask.js";
import { Prose } from "./prose.js";
import { Work } from "./steps.js";
import { Thumbs } from "./thumbs.js";

/** @param {{text: string}} props */
const CopyButton = ({ text }) => html`<${IconButton} name="copy" label="Copy" onClick=${() => void copy(text)} />`;

/** What a person wrote is shown as they wrote it. @param {{text: string}} props */
const Plain = ({ text }) => html`<div class="prose plain" dir="auto"><p>${text}</p></div>`;

/** @typedef {{message: MessageRow, calls: CallRow[], progress: Record<string, Progress>, session: Session}} MineProps */

/** A message that is a command has the tool's call below it. */
export const Mine = memo((/** @type {MineProps} */ { message, calls, progress, session }) => html`<article class="msg me" id=${message.id} tabindex="-1">
  <h2 class="vh">You, ${clock(message.created)}</h2><${Plain} text=${message.text} />
  <${Work} calls=${calls} progress=${progress} session=${session} />
  <div class="acts"><time class="xs" dateTime=${message.created} title=${moment(message.created)}>${clock(message.created)}</time>
    <${CopyButton} text=${message.text} /></div></article>`);

export const Queued = memo((/** @type {{message: MessageRow, online: boolean, session: Session}} */ { message, online, session }) => html`<article class="msg me queued">
  <h2 class="vh">You, waiting</h2><${Plain} text=${message.text} />
  <div class="acts stay"><${Icon} name="queue" small /><span class="sm">Queued after this answer</span>
    ${online && html`<button type="button" class="btn quiet sm" onClick=${() => session.deeds.takeBack(message.id, message.text)}>Take back</button>`}</div></article>`);

export const Leaving = memo((/** @type {{item: Outgoing, online: boolean, session: Session}} */ { item, online, session }) => html`<article class="msg me sending">
  <h2 class="vh">You, ${item.state === "failed" ? "not sent" : "sending"}</h2><${Plain} text=${item.text} />
  <${LeavingLine} item=${item} online=${online} session=${session} /></article>`);

/** @param {{item: Outgoing, online: boolean, session: Session}} props */
function LeavingLine({ item, online, session }) {
  const discard = html`<button type="button" class="btn quiet sm" onClick=${() => session.deeds.discard(item.id, item.text)}>Discard</button>`;
  if (item.state === "failed") {
    return html`<div class="acts stay" role="alert"><${Icon} name="alert" small kind="bad" /><span class="sm">Not sent. ${item.sentence}</span>
      <button type="button" class="btn quiet sm" onClick=${() => session.outbox.retry(item.id)}>Try again</button>${discard}</div>`;
  }
  if (online) return html`<div class="acts stay"><span class="vh">Sending</span></div>`;
  return html`<div class="acts stay"><${Icon} name="off" small kind="warn" /><span class="sm">Will be sent when you are back</span>${discard}</div>`;
}

/**
 * @typedef {{
 *   messages: MessageRow[], run: RunRow | null, agent: AgentRow | null, calls: CallRow[],
 *   approvals: ApprovalRow[], progress: Record<string, Progress>, last: boolean, busy: boolean, toConsole: boolean, session: Session,
 * }} AnswerProps  `toConsole`: a console message is what it answers
 */

export const Answer = memo((/** @type {AnswerProps} */ props) => {
  const { messages, run, agent, session } = props;
  const last = messages.at(-1);
  const streaming = last?.status === "streaming";
  const text = messages.map((row) => row.text).filter(Boolean).join("\n\n");
  return html`<article class="msg" aria-busy=${streaming}>
    <${Who} agent=${agent} model=${last?.model ?? ""} created=${messages[0]?.created ?? run?.created ?? ""} toConsole=${props.toConsole} />
    ${messages.map((row) => html`<${Said} key=${row.id} row=${row} calls=${props.calls.filter((call) => call.message === row.id)}
      approvals=${props.approvals.filter((one) => one.message === row.id)} agent=${agent?.name ?? "The agent"} progress=${props.progress} session=${session} />`)}
    <${Ending} ...${props} />
    ${text && !streaming && html`<footer class="acts ${last?.thumb ? "stay" : ""}"><${CopyButton} text=${text} />
      ${last && html`<${Thumbs} key=${last.id} message=${last} session=${session} />`}</footer>`}</article>`;
});

export const Who = memo((/** @type {{agent: AgentRow | null, model: string, created: string, toConsole?: boolean}} */ { agent, model, created, toConsole = false }) => {
  const name = agent?.name ?? "Agent";
  return html`<header class="who"><${Tile} letters=${initials(name)} tile=${agent?.tile ?? 6} /><b><bdi>${name}</bdi></b>
    ${model && html`<bdi class="dim sm cut">${model}</bdi>`}<time dateTime=${created} title=${moment(created)}>${clock(created)}</time>
    ${toConsole && html`<span class="tag warn">answers the console message</span>`}</header>`;
});

/** @param {{row: MessageRow, calls: CallRow[], approvals: ApprovalRow[], agent: string, progress: Record<string, Progress>, session: Session}} props */
function Said({ row, calls, approvals, agent, progress, session }) {
  const live = row.status === "streaming";
  return html`<div class="said" id=${row.id} tabindex="-1"><${Reasoning} text=${row.reasoning} session=${session} />
    ${(row.text || (live && !calls.length)) && html`<${Prose} text=${row.text} live=${live} />`}
    ${approvals.map((asked) => (asked.decision ? html`<${Past} key=${asked.id} asked=${asked} />` : html`<${Ask} key=${asked.id} asked=${asked} agent=${agent} session=${session} />`))}
    <${Work} calls=${calls} progress=${progress} session=${session} /></div>`;
}

/** @param {{text: string, session: Session}} props */
function Reasoning({ text, session }) {
  if (!text) return null;
  return html`<details class="think" open=${session.store.get("reasoning_open") || undefined}>
    <summary><${Icon} name="right" small kind="chev" />Reasoning</summary><div class="plain" dir="auto">${text}</div></details>`;
}

/** The dashed line where an answer ended early, and the way on. @param {AnswerProps} props */
function Ending({ messages, run, last, busy, session }) {
  const sentence = endingOf(run, messages.at(-1));
  if (!sentence) return null;
  const other = run?.offered ? session.store.peek("me").agents.find((/** @type {AgentRow} */ one) => one.id === run.offered) : null;
  const again = last && !busy && run && (run.again || run.status !== "failed");
  return html`<div class="sep ${run?.status === "failed" ? "broken" : ""}">${run?.status === "failed" && html`<${Icon} name="alert" small kind="bad" />`}
    <span>${sentence}</span></div>
    ${last && !busy && run && other && html`<div class="row"><button type="button" class="btn" onClick=${() => session.deeds.again(run.message, other.id)}>
      <${Icon} name="retry" small />Ask <bdi>${other.name}</bdi></button></div>`}
    ${again && html`<div class="row"><button type="button" class="btn" onClick=${() => session.deeds.again(run.message)}>
      <${Icon} name="retry" small />Ask again</button></div>`}`;
}
