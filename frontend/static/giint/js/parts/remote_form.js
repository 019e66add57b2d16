// One remote assistant: its configuration as its server tells it, beside our agent; what the manager made can be changed.

/** @import { AgentRow } from "../events.d.ts" */
/** @import { Session } from "../session.js" */
/** @import { SeenAssistant } from "../wire.d.ts" */
import { Component } from "preact";
import { html, Icon } from "../html.js";
import { updatesOf } from "../remote_values.js";
import { AreaField, TextField } from "./field.js";

/**
 * @typedef {{one: SeenAssistant, session: Session, ask: (method: string, path: string, body?: unknown) => Promise<any>,
 *   done: (request: () => Promise<any>) => void}} Props
 * @typedef {{configuration: Record<string, any> | null, error: string, name: string, model: string, instructions: string}} State
 */

export class RemoteForm extends Component {
  /** @type {State} */
  state = { configuration: null, error: "", name: "", model: "", instructions: "" };

  get own() {
    return /** @type {Props} */ (/** @type {unknown} */ (this.props));
  }

  componentDidMount() {
    const { ask, one } = this.own;
    ask("GET", `details/${encodeURIComponent(one.id)}`).then(({ configuration }) => {
      const { name, model, instructions } = configuration;
      this.setState({ configuration, name: name ?? "", model: model ?? "", instructions: instructions ?? "" });
    }, (error) => this.setState({ error: error.message }));
  }

  /** @param {SubmitEvent} event */
  submit = (event) => {
    event.preventDefault();
    const { ask, one, done } = this.own;
    const { configuration, name, model, instructions } = /** @type {State} */ (this.state);
    const updates = updatesOf(configuration ?? {}, { name, model, instructions });
    if (Object.keys(updates).length) done(() => ask("PUT", `update/${encodeURIComponent(one.id)}`, { updates }));
  };

  /** @param {Props} props @param {State} state */
  render({ one, session }, { configuration, error, name, model, instructions }) {
    if (error) return html`<p class="err grow" role="alert"><${Icon} name="alert" small kind="bad" />${error}</p>`;
    if (!configuration) return html`<p class="dim grow">Asking the server…</p>`;
    const agent = session.store.get("me").agents.find((/** @type {AgentRow} */ row) => row.id === one.agent);
    const is = (/** @type {keyof State} */ field) => (/** @type {string} */ value) => this.setState({ [field]: value });
    return html`<form class="stack grow" onSubmit=${this.submit}>
      ${agent && html`<p class="sm">Here it is the agent <a href="/agents/${agent.id}"><bdi>${agent.name}</bdi></a>${agent.name === configuration.name && agent.instructions === (configuration.instructions ?? "") ? ", just so." : ", which differs: changing one changes nothing of the other."}</p>`}
      ${one.managed ? html`<${TextField} id="remote-name" label="Name" value=${name} onChange=${is("name")} /><${TextField} id="remote-model" label="Model" value=${model} onChange=${is("model")} />
        <${AreaField} id="remote-instructions" label="Instructions" value=${instructions} onChange=${is("instructions")} />
        <div class="row"><button type="submit" class="btn">Change it</button><span class="help">Its id stays; what it was is a backup.</span></div>`
      : html`<p class="sm dim">It was made elsewhere: change it there, or <a href="/imports">import</a> it.</p>`}
      <details class="think"><summary><${Icon} name="right" small kind="chev" />As its server tells it</summary><pre class="io" tabindex="0">${JSON.stringify(configuration, null, 2)}</pre></details></form>`;
  }
}
