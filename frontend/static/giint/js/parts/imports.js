// The import wizard: where from, which ones, the original beside what it becomes, and how it went.

/** @import { Session } from "../session.js" */
/** @import { ImportRow, ImportSources } from "../wire.d.ts" */
import { Component } from "preact";
import { api } from "../api.js";
import { ago, hostOf } from "../format.js";
import { html, Icon } from "../html.js";
import { isBusy, sizeOf, STEPS, summaryOf } from "../import_values.js";
import { Banner } from "./banner.js";
import { DrawerButton } from "./chat.js";
import { AreaField, ChoiceField } from "./field.js";
import { OneImport } from "./one_import.js";

/** @param {{session: Session}} props */
export function Imports({ session }) {
  const part = session.store.get("route").part ?? "";
  return html`<main class="main" id="main"><header class="bar"><${DrawerButton} session=${session} /><h1 class="grow cut">Import assistants</h1>
      ${part && html`<a class="btn quiet hide-s" href="/imports">All imports</a>`}</header>
    <${Banner} session=${session} />
    <div class="scroll" tabindex="0" role="group" aria-label="Import assistants"><div class="page">
      ${part ? html`<${OneImport} key=${part} session=${session} id=${part} />` : html`<${Source} session=${session} />`}</div></div></main>`;
}

/** @param {{at: number}} props */
export const Way = ({ at }) => html`<ol class="steps" aria-label="Steps">${STEPS.map((name, step) => html`
  <li class=${step < at ? "done" : ""} aria-current=${step === at ? "step" : null}>${step + 1}. ${name}</li>`)}</ol>`;

/** @typedef {{from: "file" | "server" | "text", key: string, text: string, file: File | null, sources: ImportSources | null, past: ImportRow[], busy: boolean, error: string}} Picked */

class Source extends Component {
  /** @type {Picked} */
  state = { from: "file", key: "", text: "", file: null, sources: null, past: [], busy: false, error: "" };

  componentDidMount() {
    void this.load();
  }

  async load() {
    const fail = (/** @type {Error} */ error) => this.setState({ error: error.message });
    const [sources, list] = await Promise.all([api("GET", "imports/sources").catch(fail), api("GET", "imports?limit=10").catch(fail)]);
    this.setState({ sources: sources ?? null, past: list?.imports ?? [], key: sources?.accounts[0]?.key ?? "" });
  }

  /** @param {SubmitEvent} event */
  read = async (event) => {
    event.preventDefault();
    const { session } = /** @type {{session: Session}} */ (/** @type {unknown} */ (this.props));
    this.setState({ busy: true, error: "" });
    const row = await api("POST", "imports", this.body()).catch((error) => {
      this.setState({ busy: false, error: Object.values(error.fields ?? {})[0] ?? error.message });
      return null;
    });
    if (row) await session.places.go({ page: "imports", thread: null, part: row.id });
  };

  body() {
    const { from, key, text, file } = /** @type {Picked} */ (this.state);
    if (from === "server") return { key };
    if (from === "text") return { text, name: "Pasted" };
    const form = new FormData();
    if (file) form.append("file", file);
    return form;
  }

  /** @param {{session: Session}} _ @param {Picked} state */
  render(_, { from, key, text, file, sources, past, busy, error }) {
    if (!sources) return html`<p class="dim">${error || "Loading…"}</p>`;
    const ready = { file: file !== null, server: key !== "", text: text.trim() !== "" }[from];
    const tooLarge = from === "file" && file !== null && file.size > sources.largest;
    const pick = (/** @type {Picked["from"]} */ id, /** @type {string} */ name, /** @type {any} */ says, /** @type {string} */ icon) => html`<label class="pick">
      <input type="radio" name="source" checked=${from === id} onChange=${() => this.setState({ from: id, error: "" })} /><span class="grow"><b>${name}</b><small>${says}</small></span><${Icon} name=${icon} kind="dim" /></label>`;
    return html`<${Way} at=${0} /><form class="stack l" onSubmit=${this.read}><div><h2>Where are they now?</h2>
        <p class="dim">Nothing is changed at the source, and nothing is made here before the last step.</p></div>
      <fieldset class="box"><legend class="vh">Source</legend>
        ${pick("file", "A saved file", `JSON or JSON lines: assistants, lists, threads, messages, prompts; up to ${sizeOf(sources.largest)}.`, "file")}
        ${pick("server", "A server that keeps them", sources.accounts.length ? "Read with one of your keys." : "You have no key of the dialect assistants or agents; add one in Settings.", "link")}
        ${pick("text", "Pasted text", "An assistant, a prompt or a list, as JSON.", "copy")}</fieldset>
      ${from === "file" && html`<div class="field"><label for="import-file">File</label><input class="in" type="file" id="import-file" accept=".json,.jsonl,.ndjson,.txt,application/json"
        onChange=${(/** @type {any} */ event) => this.setState({ file: event.target.files[0] ?? null, error: "" })} />
        ${tooLarge && html`<p class="err"><${Icon} name="alert" small /><span>That file has ${sizeOf(file.size)}; at most ${sizeOf(sources.largest)} are taken. Split it, and import the parts.</span></p>`}</div>`}
      ${from === "server" && sources.accounts.length > 0 && html`<${ChoiceField} id="import-key" label="Account" value=${key} onChange=${(/** @type {string} */ value) => this.setState({ key: value })}
        options=${sources.accounts.map((one) => [one.key, `${one.label} (${one.dialect}, ${hostOf(one.base_url)})`])} />`}
      ${from === "text" && html`<${AreaField} id="import-text" label="JSON" kind="mono" rows=${10} value=${text} onChange=${(/** @type {string} */ value) => this.setState({ text: value })} />`}
      <div class="note warn row top"><${Icon} name="alert" kind="warn" /><p>${sources.hosted}</p></div>
      ${error && html`<div class="note bad row top" role="alert"><${Icon} name="alert" kind="bad" /><p>${error}</p></div>`}
      <div class="row"><span class="grow"></span><a class="btn quiet" href="/agents">Leave</a>
        <button type="submit" class="btn pri" disabled=${busy || !ready || tooLarge}>${busy ? "Reading…" : "Read it"}</button></div></form>
      ${past.length > 0 && html`<section class="stack" aria-labelledby="past"><h2 id="past">Imports so far</h2><ul class="box list">${past.map((row) => html`<li class="line" key=${row.id}>
        ${isBusy(row) ? html`<span class="bars" aria-hidden="true"></span>` : html`<${Icon} name=${row.state === "failed" || row.failed ? "alert" : "check"} kind=${row.state === "failed" ? "bad" : "dim"} />`}
        <span class="grow"><a class="plainlink" href="/imports/${row.id}"><b><bdi>${row.name}</bdi></b></a><small>${summaryOf(row)} · ${ago(row.created, Date.now())}</small></span></li>`)}</ul></section>`}`;
  }
}
