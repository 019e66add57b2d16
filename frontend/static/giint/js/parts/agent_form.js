// A new agent, or one that is there: from a template, from scratch, or changed. What is wrong stands beside its field.

/** @import { AgentRow } from "../events.d.ts" */
/** @import { AgentValues } from "../agent_values.js" */
/** @import { Session } from "../session.js" */
/** @import { TemplateRow, Variable } from "../wire.d.ts" */
import { Component } from "preact";
import { asked, blank, fromAgent, fromTemplate, payload, undeclared } from "../agent_values.js";
import { api, ApiError } from "../api.js";
import { html, Icon } from "../html.js";
import { Parameters, Tools, VariableField } from "./agent_fields.js";
import { AreaField, TextField } from "./field.js";

/** @typedef {{session: Session, row: AgentRow | null, template: TemplateRow | null}} Props */
/** @typedef {{values: AgentValues, errors: Record<string, string>, summary: string, busy: boolean, models: string[]}} State */

export class AgentForm extends Component {
  /** @param {Props} props */
  constructor(props) {
    super(props);
    const { row, template, session } = props;
    const tools = (session.store.peek("tools") ?? []).filter((/** @type {any} */ tool) => tool.kind === "code" && !tool.writes);
    const fresh = template ? fromTemplate(template) : blank(tools.map((/** @type {any} */ tool) => tool.name));
    /** @type {State} */
    this.state = { values: row ? fromAgent(row) : fresh, errors: {}, summary: "", busy: false, models: [] };
  }

  /** What the catalogue has, to choose from; the form works without it. */
  async componentDidMount() {
    const found = await api("GET", "models?gone=false&limit=200").catch(() => null);
    if (found) this.setState({ models: [...new Set(found.models.map((/** @type {{model: string}} */ one) => one.model))] });
  }

  /** @returns {Props} */
  get given() {
    return /** @type {any} */ (this.props);
  }

  /** @param {Partial<AgentValues>} changes */
  change(changes) {
    this.setState((/** @type {State} */ { values }) => ({ values: { ...values, ...changes } }));
  }

  /** @param {() => Promise<AgentRow>} request @param {(row: AgentRow) => void} then */
  async attempt(request, then) {
    this.setState({ busy: true, errors: {}, summary: "" });
    try {
      then(await request());
      this.setState({ busy: false });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const count = Object.keys(error.fields).length;
      const summary = count ? `Not saved yet: ${count} ${count === 1 ? "thing" : "things"} to mend.` : error.message;
      this.setState({ busy: false, errors: error.fields, summary });
      requestAnimationFrame(() => document.querySelector("form [aria-invalid=true]")?.scrollIntoView({ block: "center" }));
    }
  }

  /** @param {Event} event */
  submit = (event) => {
    event.preventDefault();
    const { session, row, template } = this.given;
    const { values } = /** @type {State} */ (this.state);
    const body = payload(values, session.store.peek("templates")?.parameters ?? [], row ? null : template);
    void this.attempt(() => session.desk.save(row?.id ?? null, body), (saved) => {
      if (row) void session.places.go({ page: "agents", thread: null, part: "" });
      else void session.desk.chat(saved.id);
    });
  };

  /** @param {Props} props @param {State} state */
  render({ session, row, template }, { values, errors, summary, busy, models }) {
    const { store } = session;
    const table = store.get("templates")?.parameters ?? [];
    const account = store.get("me").account;
    return html`<form class="stack l" novalidate onSubmit=${this.submit} aria-label=${row ? "Edit the agent" : "New agent"}>
      ${summary && html`<div class="note bad row top" role="alert"><${Icon} name="alert" kind="bad" /><div><b>${summary}</b>
        ${Object.values(errors).map((sentence) => html`<p class="sm">${sentence}</p>`)}</div></div>`}
      ${row?.newer && template && html`<${Newer} form=${this} row=${row} template=${template} values=${values} errors=${errors} />`}
      <div class="half"><${TextField} id="agent-name" label="Name" value=${values.name} error=${errors.name} onChange=${(/** @type {string} */ name) => this.change({ name })} />
        <${TextField} id="agent-model" label="Model" value=${values.model} error=${errors.model} list=${models}
          help=${`Empty: ${account?.model || "the model of whichever account answers"}.`} onChange=${(/** @type {string} */ model) => this.change({ model })} /></div>
      <${TextField} id="agent-description" label="Description" value=${values.description} error=${errors.description} onChange=${(/** @type {string} */ description) => this.change({ description })} />
      ${this.variables(row, template)}
      ${template && html`<details class="stack t"><summary class="lab"><${Icon} name="right" small kind="chev" />What ${template.name} says, revision ${template.number}</summary><pre class="box pad plain sm">${template.instructions || "Nothing yet."}</pre></details>`}
      <${AreaField} id="agent-instructions" label=${template || row?.template ? "Instructions of its own" : "Instructions"} value=${values.instructions} error=${errors.instructions} rows=${6}
        help=${template || row?.template ? "They follow the template's." : "What the model is told before every answer."} onChange=${(/** @type {string} */ instructions) => this.change({ instructions })} />
      <${Tools} tools=${store.get("tools") ?? []} chosen=${values.tools} error=${errors.tools} onChange=${(/** @type {string[]} */ tools) => this.change({ tools })} />
      <${Parameters} table=${table} values=${values.parameters} error=${errors.parameters ?? ""} onChange=${(/** @type {Record<string, string>} */ parameters) => this.change({ parameters })} />
      <div class="row wrap"><button type="submit" class="btn pri" disabled=${busy}>${row ? "Save" : "Make the agent"}</button>
        <a class="btn quiet" href="/agents">Discard changes</a></div></form>`;
  }

  /** @param {AgentRow | null} row @param {TemplateRow | null} template */
  variables(row, template) {
    const { values } = /** @type {State} */ (this.state);
    const known = template && (!row || row.revision === template.revision) ? template.variables : undeclared(row?.variables ?? {});
    if (!known.length) return null;
    return html`<fieldset class="stack t"><legend class="lab">Variables</legend><div class="half">${known.map((one) => this.variable(one, values))}</div></fieldset>`;
  }

  /** @param {Variable} variable @param {AgentValues} values */
  variable(variable, values) {
    const { errors } = /** @type {State} */ (this.state);
    return html`<${VariableField} key=${variable.name} variable=${variable} value=${values.variables[variable.name]} error=${errors[`variables.${variable.name}`] ?? ""}
      onChange=${(/** @type {unknown} */ value) => this.change({ variables: { ...values.variables, [variable.name]: value } })} />`;
  }
}

/** A newer revision is there: what it would ask for, and the way to it. @param {{form: AgentForm, row: AgentRow, template: TemplateRow, values: AgentValues}} props */
function Newer({ form, row, template, values }) {
  const { session } = form.given;
  const names = template.variables.map(({ name }) => name);
  const given = Object.fromEntries(Object.entries(values.variables).filter(([name]) => names.includes(name)));
  const move = () => form.attempt(() => session.desk.move(row, given), () => session.places.go({ page: "agents", thread: null, part: "" }));
  return html`<div class="note stack t"><div class="row wrap"><span class="grow"><b>Revision ${template.number} is out.</b> This agent follows revision ${row.number}, also in its threads, until you move it.</span>
      <button type="button" class="btn" onClick=${() => void move()}>Move to revision ${template.number}</button></div>
    ${asked(template.variables, row.variables).map((one) => form.variable(one, values))}</div>`;
}
