// The page of agents: mine, the templates, the archive; search over all; one agent's form.

/** @import { AgentRow } from "../events.d.ts" */
/** @import { Session } from "../session.js" */
/** @import { TemplateList, TemplateRow } from "../wire.d.ts" */
import { Component } from "preact";
import { byRecency, choosable, matching, recent } from "../agents.js";
import { initials } from "../format.js";
import { html, Icon, Tile } from "../html.js";
import { AgentForm } from "./agent_form.js";
import { Banner } from "./banner.js";
import { DrawerButton } from "./chat.js";
import { Menu } from "./menu.js";

/** @typedef {"mine" | "templates" | "archived"} Kind */

export class Agents extends Component {
  state = { text: "", kind: /** @type {Kind} */ ("mine") };

  componentDidMount() {
    void /** @type {{session: Session}} */ (this.props).session.desk.load();
  }

  /** @param {{session: Session}} props @param {{text: string, kind: Kind}} state */
  render({ session }, { text, kind }) {
    const { store } = session;
    const part = store.get("route").part ?? "";
    const list = /** @type {TemplateList | null} */ (store.get("templates"));
    const title = part ? titleOf(store.get("me").agents, list, part) : "Agents";
    return html`<main class="main" id="main"><header class="bar"><${DrawerButton} session=${session} /><h1 class="grow cut" dir="auto">${title}</h1>
        ${part && html`<a class="btn quiet hide-s" href="/agents">All agents</a>`}</header>
      <${Banner} session=${session} />
      <div class="scroll" tabindex="0" role="group" aria-label=${title}><div class="page stack l">
        ${part ? html`<${OneAgent} key=${part} session=${session} part=${part} list=${list} />` : this.all(session, text, kind, list)}</div></div></main>`;
  }

  /** @param {Session} session @param {string} text @param {Kind} kind @param {TemplateList | null} list */
  all(session, text, kind, list) {
    const { threads, agents } = session.store.get("me");
    const lately = recent(threads);
    const mine = byRecency(matching(choosable(agents), text), lately);
    const archived = matching(agents.filter((/** @type {AgentRow} */ row) => row.archived), text);
    const templates = matching(list?.templates ?? [], text);
    /** @type {[Kind, string, number][]} */
    const tabs = [["mine", "My agents", mine.length], ["templates", "Templates", templates.length], ["archived", "Archived", archived.length]];
    return html`<div class="row wrap"><label class="find grow"><span class="vh">Search agents</span><${Icon} name="search" small />
        <input type="search" placeholder="Search agents, templates and tools" autocomplete="off" value=${text}
          onInput=${(/** @type {any} */ event) => this.setState({ text: event.target.value })} /></label>
        <a class="btn quiet" href="/remote">Remote assistants</a><a class="btn" href="/imports"><${Icon} name="upload" />Import</a>
        <a class="btn pri" href="/agents/new"><${Icon} name="plus" />New agent</a></div>
      <div class="tabs" role="tablist" aria-label="Kinds">${tabs.map(([id, label, count]) => html`<button type="button" class="tab" role="tab" id="tab-${id}"
        aria-selected=${String(id === kind)} aria-controls="agents-list" onClick=${() => this.setState({ kind: id })}>${label}<span class="badge">${count}</span></button>`)}</div>
      <div id="agents-list" role="tabpanel" class="stack l" aria-labelledby="tab-${kind}">
        ${kind === "mine" && html`<${Cards} rows=${mine} none=${text ? "None of your agents fits." : "You have no agent yet. A new chat makes one."}
          card=${(/** @type {AgentRow} */ row) => html`<${AgentCard} key=${row.id} row=${row} session=${session} lately=${lately.includes(row.id)} />`} />`}
        ${kind === "archived" && html`<${Cards} rows=${archived} none="Nothing is archived."
          card=${(/** @type {AgentRow} */ row) => html`<${AgentCard} key=${row.id} row=${row} session=${session} lately=${false} />`} />`}
        ${(kind === "templates" || (kind === "mine" && templates.length > 0)) && html`<section class="stack" aria-labelledby="tpl"><h2 id="tpl">Templates</h2>
          <${Cards} rows=${templates} none=${list ? "There is no template for you here." : "Loading…"}
            card=${(/** @type {TemplateRow} */ row) => html`<${TemplateCard} key=${row.id} row=${row} session=${session} own=${list?.default ?? null} />`} /></section>`}</div>`;
  }
}

/** @param {AgentRow[]} agents @param {TemplateList | null} list @param {string} part */
function titleOf(agents, list, part) {
  if (part === "new") return "New agent";
  const template = part.startsWith("new/") ? list?.templates.find((row) => row.id === part.slice(4)) : null;
  return template ? `New agent from ${template.name}` : (agents.find((row) => row.id === part)?.name ?? "New agent");
}

/** @param {{session: Session, part: string, list: TemplateList | null}} props */
function OneAgent({ session, part, list }) {
  const { store } = session;
  if (!list || !store.get("tools")) return html`<p class="dim">Loading…</p>`;
  const row = part.startsWith("new") ? null : store.get("me").agents.find((/** @type {AgentRow} */ one) => one.id === part);
  const wanted = part.startsWith("new/") ? part.slice(4) : row?.template;
  const template = list.templates.find((one) => one.id === wanted) ?? null;
  if (row === undefined || (part.startsWith("new/") && !template)) {
    return html`<p>There is no such thing here, or it is not yours.</p><div><a class="btn" href="/agents">All agents</a></div>`;
  }
  return html`<${AgentForm} session=${session} row=${row} template=${template} />`;
}

/** @param {{rows: any[], none: string, card: (row: any) => any}} props */
const Cards = ({ rows, none, card }) => (rows.length ? html`<div class="cards">${rows.map(card)}</div>` : html`<p class="dim">${none}</p>`);

/** @param {{row: AgentRow, session: Session, lately: boolean}} props */
function AgentCard({ row, session, lately }) {
  const { desk, store, places } = session;
  const model = row.model || store.get("me").account?.model || "default model";
  const go = () => void places.go({ page: "agents", thread: null, part: row.id });
  const items = [
    { label: html`<${Icon} name="edit" />Edit`, act: go },
    { label: html`<${Icon} name="copy" />Copy`, act: () => void desk.copy(row) },
    { label: html`<${Icon} name="archive" />${row.archived ? "Bring back" : "Archive"}`, act: () => void desk.archive(row, !row.archived) },
  ];
  return html`<article class="card" aria-label=${row.name}><span class="row top"><${Tile} letters=${initials(row.name)} tile=${row.tile} />
      <span class="grow"><a class="plainlink" href="/agents/${row.id}"><b><bdi>${row.name}</bdi></b></a><br /><span class="xs dim">${[model, row.template_name && `${row.template_name} ${row.number}`].filter(Boolean).join(" · ")}</span></span>
      <${Menu} label=${`More for ${row.name}`} face=${html`<${Icon} name="more" />`} items=${items} place="below end" /></span>
    <p dir="auto">${row.description}</p>
    <span class="row wrap"><span class="tag">${count(row.tools.length, "tool")}</span>${lately && html`<span class="tag on">recent</span>`}
      ${row.newer && html`<a class="tag warn" href="/agents/${row.id}">newer revision</a>`}${row.warning && html`<span class="tag bad" title=${row.warning}>model</span>`}
</span>
    <span class="row acts-row">${!row.archived && html`<button type="button" class="btn sm" onClick=${() => void desk.chat(row.id)} aria-label=${`Chat with ${row.name}`}>Chat</button>`}</span></article>`;
}

/** @param {{row: TemplateRow, session: Session, own: string | null}} props */
function TemplateCard({ row, session, own }) {
  const asks = row.variables.some((one) => one.default === null);
  const standard = own ? own === row.id : row.site_default;
  return html`<article class="card" aria-label=${row.name}><span class="row top"><${Tile} letters=${initials(row.name)} tile=${6} />
      <span class="grow"><b><bdi>${row.name}</bdi></b><br /><span class="xs dim">revision ${row.number}${row.model && ` · ${row.model}`}</span></span></span>
    <p dir="auto">${row.description}</p>
    <span class="row wrap"><span class="tag">${count(row.variables.length, "variable")}</span>${standard && html`<span class="tag on">new chats</span>`}</span>
    <span class="row acts-row"><a class="btn quiet sm" href="/agents/new/${row.id}" aria-label=${`Fit ${row.name} to you`}>Fit</a>
      ${!asks && html`<button type="button" class="btn sm" onClick=${() => void session.desk.use(row)} aria-label=${`Use ${row.name}`}>Use</button>`}</span></article>`;
}

/** @param {number} number @param {string} noun */
const count = (number, noun) => `${number} ${noun}${number === 1 ? "" : "s"}`;
