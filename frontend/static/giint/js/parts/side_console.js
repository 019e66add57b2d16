// The console of this thread: what came from outside, what became of it, and a form to post something oneself.

/** @import { AgentRow, ConsoleRow } from "../events.d.ts" */
/** @import { Session } from "../session.js" */
/** @import { ThreadState } from "../wire.d.ts" */
import { Component } from "preact";
import { consoleOf, POLICIES } from "../console_values.js";
import { html, Icon } from "../html.js";
import { cutBefore } from "../path.js";
import { ConsoleCard } from "./console.js";

/** @typedef {{session: Session}} Props */

/** @param {Props} props */
export function SideConsole({ session }) {
  const { store } = session;
  const thread = /** @type {ThreadState | null} */ (store.get("thread"));
  const me = store.get("me");
  const rows = consoleOf(thread, me);
  const agentOf = (/** @type {ConsoleRow} */ row) =>
    me.agents.find((/** @type {AgentRow} */ one) => one.id === thread?.runs[row.run ?? ""]?.agent)?.name ?? "The agent";
  return html`<section class="tr stack">
    ${thread?.thread && !thread.thread.archived && html`<${Post} key=${thread.thread.id} session=${session} />`}
    ${rows.length === 0 && html`<p class="dim sm">Nothing from outside this chat. What tools, jobs, programs and people post to you comes here, and the agent answers it.</p>`}
    ${rows.length > 0 && html`<div>${rows.map((row) => html`<${ConsoleCard} key=${row.id} row=${row} agent=${agentOf(row)} session=${session}
      cut=${Boolean(thread && row.message && cutBefore(thread, row.message))} />`)}</div>`}</section>`;
}

class Post extends Component {
  state = { text: "", policy: "interrupt", busy: false };
  /** The same text under the same id is the same message, however often it is sent. */
  id = crypto.randomUUID();
  sending = false;

  /** @param {Event} event */
  submit = (event) => {
    event.preventDefault();
    const { text, policy } = this.state;
    if (!text.trim() || this.sending) return;
    this.sending = true;
    this.setState({ busy: true });
    const { session } = /** @type {Props} */ (/** @type {unknown} */ (this.props));
    void session.deeds.post(this.id, text.trim(), policy).then((arrived) => {
      this.sending = false;
      if (arrived) this.id = crypto.randomUUID();
      this.setState(arrived && this.state.text === text ? { text: "", busy: false } : { busy: false });
    });
  };

  /** @param {Partial<typeof this.state>} change */
  change(change) {
    this.id = crypto.randomUUID();
    this.setState(change);
  }

  /** @param {Props} _props @param {{text: string, policy: string, busy: boolean}} state */
  render(_props, { text, policy, busy }) {
    return html`<form class="stack t" onSubmit=${this.submit}><label class="lab" for="console-text">Post to this thread</label>
      <textarea class="in" id="console-text" rows="2" maxlength="20000" dir="auto" placeholder="As a job or a person outside the chat would" value=${text}
        onInput=${(/** @type {any} */ event) => this.change({ text: event.target.value })}></textarea>
      <div class="row"><span class="sel grow"><select class="in" aria-label="When it is delivered" value=${policy} onChange=${(/** @type {any} */ event) => this.change({ policy: event.target.value })}>
          ${POLICIES.map(({ id, label }) => html`<option key=${id} value=${id} selected=${id === policy}>${label}</option>`)}</select><${Icon} name="down" small /></span>
        <button type="submit" class="btn" disabled=${busy || !text.trim()}><${Icon} name="term" small />Post</button></div></form>`;
  }
}
