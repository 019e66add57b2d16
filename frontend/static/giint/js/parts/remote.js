// Remote assistants: the manager of an account, what is there beside our agents, its backups, and what chats hold for now.

/** @import { KeyRow } from "../events.d.ts" */
/** @import { Session } from "../session.js" */
/** @import { Backup, RemoteStatus, SeenAssistant } from "../wire.d.ts" */
import { Component } from "preact";
import { api } from "../api.js";
import { hostOf, moment } from "../format.js";
import { html, Icon } from "../html.js";
import { keeping, statusRows, tagsOf } from "../remote_values.js";
import { Banner } from "./banner.js";
import { DrawerButton } from "./chat.js";
import { ChoiceField, TextField } from "./field.js";
import { RemoteForm } from "./remote_form.js";

/** @param {{session: Session}} props */
export function Remote({ session }) {
  const keys = keeping(session.store.get("me").keys);
  return html`<main class="main" id="main"><header class="bar"><${DrawerButton} session=${session} /><h1 class="grow cut">Remote assistants</h1>
      <a class="btn quiet hide-s" href="/imports">Import</a></header>
    <${Banner} session=${session} />
    <div class="scroll" tabindex="0" role="group" aria-label="Remote assistants"><div class="page stack l">
      ${keys.length ? html`<${Accounts} keys=${keys} session=${session} />` : html`<div class="stack"><h2>There is nothing to manage</h2>
        <p class="dim">Your accounts keep nothing at their servers. A key of the dialect <code>assistants</code> or <code>agents</code> does: what an answer needs there is made when an agent wakes and deleted when it sleeps, and here you manage what should stay.</p>
        <div class="row"><a class="btn" href="/settings">Settings</a><a class="btn quiet" href="/imports">Import assistants</a></div></div>`}</div></div></main>`;
}

/** @typedef {{key: string, status: RemoteStatus | null, seen: SeenAssistant[], whole: boolean, backups: Backup[], chats: number, busy: string, error: string, said: string, open: string, keep: string, hours: string}} State */

class Accounts extends Component {
  /** @type {State} */
  state = { key: "", status: null, seen: [], whole: true, backups: [], chats: 0, busy: "", error: "", said: "", open: "", keep: "", hours: "" };

  componentDidMount() {
    const { keys } = /** @type {{keys: KeyRow[]}} */ (/** @type {unknown} */ (this.props));
    this.setState({ key: keys[0].id }, () => void this.load());
  }

  /** @param {"GET" | "POST" | "PUT" | "DELETE"} method @param {string} path @param {unknown} [body] */
  ask(method, path, body) {
    const { key } = /** @type {State} */ (this.state);
    return api(method, `/api/openai-assistant/${path}?key=${encodeURIComponent(key)}`, body);
  }

  async load() {
    const { key } = /** @type {State} */ (this.state);
    const fail = (/** @type {Error} */ error) => this.setState({ error: error.message });
    const status = /** @type {RemoteStatus | undefined} */ (await this.ask("GET", "status").catch(fail));
    if (!status) return;
    // What somebody is typing stays as they type it.
    this.setState((/** @type {State} */ before) => ({
      status,
      keep: before.status ? before.keep : String(status.keepCount),
      hours: before.status ? before.hours : String(status.refreshInterval / 3_600_000),
    }));
    const [listed, kept, held] = await Promise.all([
      this.ask("GET", "list").catch(fail), this.ask("GET", "backups").catch(fail), api("GET", `remote?key=${key}&state=held&purpose=wake`).catch(fail),
    ]);
    this.setState({ seen: listed?.assistants ?? [], whole: listed?.whole ?? true, backups: kept?.backups ?? [], chats: held?.remote.length ?? 0 });
  }

  /** @param {string} busy what is under way @param {string} said what is said once it is done @param {() => Promise<any>} request */
  async act(busy, said, request) {
    this.setState({ busy, error: "", said: "" });
    try {
      const answer = await request();
      const failed = answer?.cleanup?.failed ?? answer?.failed ?? [];
      this.setState({ busy: "", said, error: failed.map((/** @type {any} */ one) => `${one.id}: ${one.sentence}`).join(" ") });
    } catch (error) {
      const { message, fields = {} } = /** @type {import("../api.js").ApiError} */ (error);
      this.setState({ busy: "", error: Object.values(fields)[0] ?? message });
    }
    await this.load();
  }

  /** @param {{keys: KeyRow[], session: Session}} props @param {State} state */
  render({ keys, session }, state) {
    const { key, status, error, said, busy } = state;
    return html`<${ChoiceField} id="remote-key" label="Account" value=${key} options=${keys.map((row) => [row.id, `${row.label} (${row.dialect}, ${hostOf(row.base_url)})`])}
        onChange=${(/** @type {string} */ value) => this.setState({ key: value, status: null, seen: [], backups: [], error: "", open: "" }, () => void this.load())} />
      <div role="status" aria-live="polite">${busy && html`<p class="row"><span class="bars" aria-hidden="true"></span>${busy}</p>`}${said && html`<p class="row"><${Icon} name="check" kind="ok" />${said}</p>`}</div>
      ${error && html`<div class="note bad row top" role="alert"><${Icon} name="alert" kind="bad" /><p>${error}</p></div>`}
      ${status && html`${this.manager(session, state, status)}${this.list(session, state)}${this.versions(session, state)}${this.chats(state)}`}`;
  }

  /** @param {Session} session @param {State} state @param {RemoteStatus} status */
  manager(session, { busy, keep, hours }, status) {
    const off = busy !== "";
    const verify = async () => {
      const { verified, sentence } = await this.ask("GET", "current");
      if (!verified) throw Object.assign(new Error(sentence), { fields: {} });
    };
    const cleanup = () => void this.act("Deleting the oldest…", "Cleaned up.", () => this.ask("POST", "cleanup", { keepCount: Number(keep) }));
    const interval = () => void this.act("Setting the interval…", "Set.", () => this.ask("PUT", "refresh-interval", { intervalMs: Math.round(Number(hours) * 3_600_000), keepCount: Number(keep) }));
    return html`<section class="stack" aria-labelledby="manager"><div class="row wrap"><h2 id="manager" class="grow">The current assistant</h2>
        ${status.initialized
          ? html`<button type="button" class="btn pri" disabled=${off} onClick=${() => void this.act("Making another one…", "Another one is current.", () => this.ask("POST", "refresh", {}))}><${Icon} name="retry" />Refresh</button>
            <button type="button" class="btn" disabled=${off} onClick=${() => void this.act("Asking the server…", "It is there.", verify)}>Verify</button>`
          : html`<button type="button" class="btn pri" disabled=${off} onClick=${() => void this.act("Making it…", "It is made.", () => this.ask("POST", "initialize", {}))}><${Icon} name="plus" />Make it</button>`}</div>
      <p class="dim">One assistant that stays at the provider, for programs that work with its id. Chats do not need it.</p>
      ${status.code && html`<div class="note warn row top" role="alert"><${Icon} name="alert" kind="warn" /><p>The last try failed: ${status.sentence}</p></div>`}
      <dl class="kv free">${statusRows(status).map(([label, words]) => html`<dt>${label}</dt><dd><bdi>${words}</bdi></dd>`)}</dl>
      <div class="row wrap top"><div class="grow"><${TextField} id="remote-hours" label="Hours between refreshes" mode="decimal" value=${hours} help="0: only by hand." onChange=${(/** @type {string} */ value) => this.setState({ hours: value })} /></div>
        <div class="grow"><${TextField} id="remote-keep" label="How many stay" mode="numeric" value=${keep} help="The current one among them." onChange=${(/** @type {string} */ value) => this.setState({ keep: value })} /></div></div>
      <div class="row wrap"><button type="button" class="btn" disabled=${off} onClick=${interval}>Keep these</button>
        <button type="button" class="btn quiet" disabled=${off} onClick=${() => session.store.set("dialog", { kind: "confirm", title: "Clean up", text: `All but the newest ${keep} of what the manager made are deleted at ${status.account}. Their configurations stay as backups.`, verb: "Delete them", act: cleanup })}>Clean up…</button></div></section>`;
  }

  /** @param {Session} session @param {State} state */
  list(session, { seen, whole, open, busy }) {
    const remove = (/** @type {SeenAssistant} */ one) => () => void this.act("Deleting it…", "Deleted.", () => this.ask("DELETE", `delete/${encodeURIComponent(one.id)}`));
    const asked = (/** @type {SeenAssistant} */ one) => session.store.set("dialog", { kind: "confirm", title: "Delete this assistant", text: `${one.name || one.id} is deleted at the provider. Its configuration stays as a backup; agents here are not touched.`, verb: "Delete", act: remove(one) });
    return html`<section class="stack" aria-labelledby="there"><h2 id="there">At the provider</h2>
      ${!whole && html`<p class="dim">The server could not list them; these are the ones known here.</p>`}
      ${seen.length ? html`<ul class="box list">${seen.map((one) => html`<li class="line" key=${one.id}><${Icon} name="agent" kind="dim" /><span class="grow"><b><bdi>${one.name || "Without a name"}</bdi></b>
          <small class="mono cut"><bdi>${[one.id, one.model, one.version && `version ${one.version}`].filter(Boolean).join(" · ")}</bdi></small></span>
        ${tagsOf(one).map(({ word, kind }) => html`<span class="tag ${kind}">${word}</span>`)}
        <button type="button" class="btn sm" aria-expanded=${String(open === one.id)} onClick=${() => this.setState({ open: open === one.id ? "" : one.id })}>Details</button>
        ${one.managed && html`<button type="button" class="btn quiet sm" disabled=${busy !== ""} onClick=${() => asked(one)} aria-label=${`Delete ${one.name || one.id}`}>Delete…</button>`}</li>
        ${open === one.id && html`<li class="line" key="${one.id}-open"><${RemoteForm} one=${one} session=${session} ask=${(/** @type {any[]} */ ...words) => this.ask(.../** @type {[any, string]} */ (words))}
          done=${(/** @type {() => Promise<any>} */ request) => void this.act("Changing it…", "Changed.", request)} /></li>`}`)}</ul>`
        : html`<p class="box pad dim">There is none.</p>`}</section>`;
  }

  /** @param {Session} session @param {State} state */
  versions(session, { backups, busy }) {
    const restore = (/** @type {Backup} */ one) => () => void this.act("Making it again…", `Version ${one.version} is current again.`, () => this.ask("POST", `restore/${one.id}`, {}));
    return html`<section class="stack" aria-labelledby="backups"><h2 id="backups">Backups</h2>
      ${backups.length ? html`<ul class="box list">${backups.map((one) => html`<li class="line" key=${one.id}><span class="grow"><b>Version ${one.version}</b> ${one.current && html`<span class="tag on">current</span>`}
          <small>${[moment(one.createdAt), one.config.name, one.config.model, one.source].filter(Boolean).join(" · ")}</small></span>
        ${!one.current && html`<button type="button" class="btn sm" disabled=${busy !== ""} onClick=${() => session.store.set("dialog", { kind: "confirm", title: `Restore version ${one.version}`, text: "Another assistant is made with that configuration, and becomes the current one.", verb: "Restore", act: restore(one) })}>Restore…</button>`}</li>`)}</ul>`
        : html`<p class="box pad dim">What the manager has made will be listed here, also after it is gone at the provider.</p>`}</section>`;
  }

  /** @param {State} state */
  chats({ chats, busy }) {
    const sweep = async () => {
      const { failures } = await api("POST", "remote/sweep", {});
      if (failures.length) throw Object.assign(new Error(failures.join(" ")), { fields: {} });
    };
    return html`<section class="stack" aria-labelledby="chats-hold"><h2 id="chats-hold">What chats hold there now</h2>
      <div class="row wrap"><p class="grow dim">${chats ? `${chats} ${chats === 1 ? "object" : "objects"}, each deleted when its agent sleeps.` : "Nothing: what an answer needed was deleted after it."}</p>
        <button type="button" class="btn quiet" disabled=${busy !== ""} onClick=${() => void this.act("Looking for leftovers…", "Swept: nothing of ours is left behind.", sweep)}>Sweep now</button></div></section>`;
  }
}
