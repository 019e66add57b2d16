// A tool call that waits for its user: exactly what it would be called with, and what was decided.

/** @import { ApprovalRow } from "../events.d.ts" */
/** @import { Session } from "../session.js" */
import { Component } from "preact";
import { argumentRows, decisionOf, laidOut } from "../approval_values.js";
import { moment } from "../format.js";
import { html, Icon, memo } from "../html.js";

/** @typedef {{asked: ApprovalRow, agent: string, session: Session}} Props */
/** @typedef {{mode: "" | "edit" | "deny", busy: boolean, error: string}} State */

/** @param {{text: string, edited?: string}} props */
const Arguments = ({ text, edited = "" }) => html`<dl class="kv">${argumentRows(text, edited).map(({ name, was, is }) => html`
  <dt><bdi>${name}</bdi></dt><dd dir="auto">${was === is ? was : html`${was && html`<del>${was}</del>`} ${is && html`<ins>${is}</ins>`}`}</dd>`)}</dl>`;

export const Past = memo((/** @type {{asked: ApprovalRow}} */ { asked }) => {
  const { words, mark, kind } = decisionOf(asked);
  return html`<section class="ask past"><div class="body"><div class="row wrap sm"><${Icon} name=${mark} kind=${kind} />
    <span class="grow"><b>${words} <code><bdi>${asked.tool}</bdi></code></b>${asked.reason && html`: “<bdi>${asked.reason}</bdi>”`}</span>
    ${asked.decided && html`<time class="dim xs" dateTime=${asked.decided}>${moment(asked.decided)}</time>`}</div>
    ${asked.edited && html`<${Arguments} text=${asked.arguments} edited=${asked.edited} />`}</div></section>`;
});

export class Ask extends Component {
  /** @type {State} */ state = { mode: "", busy: false, error: "" };

  /** @param {"approve" | "deny"} decision @param {Record<string, unknown>} more */
  decide(decision, more) {
    const { asked, session } = /** @type {Props} */ (/** @type {unknown} */ (this.props));
    this.setState({ busy: true, error: "" });
    void session.deeds.decide(asked.id, { decision, ...more }).then((error) => this.setState({ busy: false, error }));
  }

  /** @param {SubmitEvent} event */
  submit = (event) => {
    event.preventDefault();
    const { asked } = /** @type {Props} */ (/** @type {unknown} */ (this.props));
    const { mode } = /** @type {State} */ (this.state);
    const given = new FormData(/** @type {HTMLFormElement} */ (event.target));
    if (mode === "deny") return this.decide("deny", { reason: String(given.get("reason") ?? "") });
    const text = mode === "edit" ? String(given.get("arguments")) : laidOut(asked.arguments);
    const edited = text === laidOut(asked.arguments) ? {} : { arguments: text };
    return this.decide("approve", { ...edited, for_thread: given.has("for_thread") });
  };

  /** @param {Props} props @param {State} state */
  render({ asked, agent }, { mode, busy, error }) {
    const id = `ask-${asked.id}`;
    const to = (/** @type {State["mode"]} */ next) => () => this.setState({ mode: next, error: "" });
    return html`<section class="ask" aria-labelledby=${id} id=${asked.call}><header><${Icon} name="shield" /><div>
        <h3 id=${id}><bdi>${agent}</bdi> asks to use <code><bdi>${asked.tool}</bdi></code></h3>${asked.about && html`<p class="sm dim" dir="auto">${asked.about}</p>`}</div></header>
      <form class="body" onSubmit=${this.submit}>
        ${mode === "edit" ? html`<div class="field"><label for="${id}-a">Call it with this instead (JSON)</label>
            <textarea class="in mono" id="${id}-a" name="arguments" rows="4" spellcheck="false" dir="ltr">${laidOut(asked.arguments)}</textarea></div>`
          : html`<div class="stack t"><p class="lab">It will be called with exactly this</p><${Arguments} text=${asked.arguments} /></div>`}
        ${mode === "deny" && html`<div class="field"><label for="${id}-r">Why not? The agent is told.</label>
          <input class="in" id="${id}-r" name="reason" maxlength="2000" autocomplete="off" placeholder="May stay empty" /></div>`}
        ${error && html`<p class="err" role="alert"><${Icon} name="alert" small kind="bad" />${error}</p>`}
        ${mode !== "deny" && html`<label class="row sm"><input type="checkbox" name="for_thread" />Do not ask again for this tool in this thread</label>`}
        <div class="row wrap">${mode === "deny"
          ? html`<button type="submit" class="btn pri" disabled=${busy}><${Icon} name="x" />Deny</button>`
          : html`<button type="submit" class="btn pri" disabled=${busy}><${Icon} name="check" />Approve</button>`}
          ${mode === "" ? html`<button type="button" class="btn" onClick=${to("edit")}><${Icon} name="edit" />Edit arguments</button>
            <button type="button" class="btn quiet" onClick=${to("deny")}>Deny…</button>`
          : html`<button type="button" class="btn quiet" onClick=${to("")}>Back</button>`}
          <span class="end xs dim row"><${Icon} name="clock" small />Waits until ${moment(asked.expires)}</span></div></form></section>`;
  }
}
