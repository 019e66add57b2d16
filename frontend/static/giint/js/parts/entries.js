// Contributions to a transcript, one below the other: whose each is, what they say, and why one is not whole.

/** @import { AgentRow, EntryRow } from "../events.d.ts" */
/** @import { Session } from "../session.js" */
import { duration, initials } from "../format.js";
import { html, Icon, memo, Tile } from "../html.js";
import { Prose } from "./prose.js";

/** @param {AgentRow[]} agents @param {EntryRow} entry */
export const tileOfEntry = (agents, entry) => agents.find((row) => row.id === entry.agent)?.tile ?? 6;

/** @param {{entry: EntryRow, agents: AgentRow[], small?: boolean}} props */
export const EntryTile = ({ entry, agents, small = false }) =>
  html`<${Tile} letters=${initials(entry.name)} tile=${tileOfEntry(agents, entry)} person=${entry.kind === "person"} small=${small} />`;

/** What it says, as it grows. @param {{entry: EntryRow}} props */
export const EntryText = ({ entry }) => html`${(entry.text || entry.status === "streaming") && html`<${Prose} text=${entry.text} live=${entry.status === "streaming"} />`}
  ${entry.sentence && html`<p class="err"><${Icon} name="alert" small kind="bad" /><span>${entry.sentence}</span></p>`}`;

/** @param {EntryRow} entry @param {boolean} whole with the time it took, too */
const aboutOf = ({ model, started, ended }, whole) =>
  [model, whole && ended ? duration(Date.parse(ended) - Date.parse(started)) : ""].filter(Boolean).join(" · ");

/** One of them, drawn again only when it is another: its siblings stream. */
export const OneEntry = memo((/** @type {{entry: EntryRow, agents: AgentRow[], whole?: boolean}} */ { entry, agents, whole = false }) => html`<article class="entry" aria-busy=${String(entry.status === "streaming")}>
  <${EntryTile} entry=${entry} agents=${agents} /><div class="row wrap"><b><bdi>${entry.name}</bdi></b><bdi class="dim xs cut num">${aboutOf(entry, whole)}</bdi>
    <span class="grow"></span><${Mark} entry=${entry} /></div><div><${EntryText} entry=${entry} /></div></article>`);

/** @param {{entry: EntryRow}} props */
function Mark({ entry }) {
  if (entry.status === "streaming") return html`<span class="dim xs">writing</span>`;
  if (entry.status === "partial") return html`<span class="tag bad">${entry.text ? "not whole" : "no answer"}</span>`;
  return entry.choice ? html`<span class="tag on"><bdi>${entry.choice}</bdi></span>` : null;
}

/** @param {{entries: EntryRow[], session: Session, whole?: boolean}} props  `whole`: there is room for all that is known of each */
export const Entries = ({ entries, session, whole = false }) => {
  const { agents } = session.store.get("me");
  return entries.length > 0 && html`<div>${entries.map((entry) => html`<${OneEntry} key=${entry.id} entry=${entry} agents=${agents} whole=${whole} />`)}</div>`;
};
