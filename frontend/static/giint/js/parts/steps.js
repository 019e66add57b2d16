// Tool calls: one quiet block, one line per call; arguments, result and error open below it.

/** @import { CallRow, FileRef, TranscriptRow } from "../events.d.ts" */
/** @import { Progress } from "../wire.d.ts" */
/** @import { Session } from "../session.js" */
/** @import { Store } from "../store.js" */
import { duration, number, plainLine, took } from "../format.js";
import { html, Icon, memo } from "../html.js";
import { transcriptsOf } from "../path.js";

/** @type {Record<string, string>} */
export const ICONS = { x_poll: "poll", duo: "duo" };

/** @type {Record<CallRow["status"], {word: string, mark: any}>} */
export const STATES = {
  waiting: { word: "Waits for you:", mark: html`<${Icon} name="shield" kind="warn" />` },
  ready: { word: "Allowed:", mark: html`<span class="bars" aria-hidden="true"></span>` },
  running: { word: "Running:", mark: html`<span class="bars" aria-hidden="true"></span>` },
  done: { word: "Done:", mark: html`<${Icon} name="check" kind="ok" />` },
  failed: { word: "Failed:", mark: html`<${Icon} name="alert" kind="bad" />` },
  unknown: { word: "Outcome unknown:", mark: html`<${Icon} name="alert" kind="warn" />` },
  cancelled: { word: "Stopped:", mark: html`<${Icon} name="x" kind="dim" />` },
};

/** @param {CallRow} call @param {Progress | undefined} progress @returns {string} the plain result, in a line */
export function whatOf(call, progress) {
  if (call.status === "waiting") return "Waits for your decision.";
  if (call.status === "running") return progress?.text ?? "";
  if (call.status === "unknown") return call.error || "Outcome unknown. Not repeated.";
  if (call.status === "cancelled") return call.error || "Stopped before it was done.";
  return plainLine(call.error || call.result);
}

/** A running time ticks by itself, so that nothing around it is drawn again. @param {{call: CallRow, store: Store}} props */
export function Time({ call, store }) {
  const text = call.ended ? duration(Date.parse(call.ended) - Date.parse(call.started)) : took(call.started, null, store.get("now"));
  return html`<span class="dur">${text}</span>`;
}

const Step = memo((/** @type {{call: CallRow, transcripts: TranscriptRow[], progress?: Progress, session: Session}} */ { call, transcripts, progress, session }) => {
  const { word, mark } = STATES[call.status];
  const bar = call.status === "running" && progress?.total !== undefined;
  return html`<details class="step ${call.status}" open=${bar || undefined}>
    <summary>${mark}<span class="vh">${word}</span><code><bdi>${call.tool}</bdi></code>
      <span class="what cut" dir="auto">${whatOf(call, progress)}</span><${Time} call=${call} store=${session.store} /><${Icon} name="down" small kind="chev" /></summary>
    <div class="io">
      ${bar && html`<progress value=${progress.done ?? 0} max=${progress.total} aria-label=${progress.text || call.label}></progress>`}
      <${Inside} call=${call} /></div></details>
    ${transcripts.map((row) => html`<${Beside} key=${row.id} row=${row} session=${session} />`)}
    ${call.files.map((file) => html`<${Offered} key=${file.id} file=${file} />`)}`;
});

/** What went in and what came out. @param {{call: CallRow}} props */
export const Inside = ({ call }) => html`<${Io} label="Arguments" text=${call.arguments} /><${Io} label="Result" text=${call.result} />
  ${call.length > call.result.length && html`<p class="sm dim">This is how it begins. <a href=${`/api/v1/tool-outputs/${call.id}`} target="_blank">All ${number(call.length)} characters</a></p>`}
  <${Io} label="Error" text=${call.error} />`;

/** A file of the call, to take away. @param {{file: FileRef}} props */
export const Offered = ({ file }) => html`<div class="step ref"><${Icon} name="file" /><span class="what cut" dir="auto">${file.name}</span>
  <a class="btn quiet sm" href=${`/api/v1/files/${file.id}/content`} download><${Icon} name="download" small />Download</a></div>`;

/** What the call does beside the chat. @param {{row: TranscriptRow, session: Session}} props */
function Beside({ row, session }) {
  const open = row.status === "open";
  return html`<div class="step ref">${open ? html`<span class="bars" aria-hidden="true"></span><span class="vh">Running:</span>`
      : html`<${Icon} name=${ICONS[row.tool] ?? "side"} kind="dim" />`}<span class="what cut" dir="auto">${row.title}</span>
    <button type="button" class="btn quiet sm" onClick=${() => session.side.show(row.id)}><${Icon} name="side" small />Show</button></div>`;
}

/** @param {{label: string, text: string}} props */
function Io({ label, text }) {
  return text ? html`<div><span class="xs dim">${label}</span><pre tabindex="0" aria-label=${label}>${text}</pre></div>` : null;
}

/** @type {TranscriptRow[]} */
const NONE = [];

/** @param {Store} store @param {CallRow} call */
function besides(store, call) {
  const thread = store.get("thread");
  return (thread && transcriptsOf(thread, [call])) || NONE;
}

/** @param {{calls: CallRow[], progress: Record<string, Progress>, session: Session}} props */
export function Work({ calls, progress, session }) {
  if (!calls.length) return null;
  return html`<div class="work" role="group" aria-label="Tool calls">
    ${calls.map((call) => html`<${Step} key=${call.id} call=${call} transcripts=${besides(session.store, call)} progress=${progress[call.id]} session=${session} />`)}</div>`;
}
