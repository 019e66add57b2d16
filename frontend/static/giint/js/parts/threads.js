// The list of threads at the side: search, groups by day, one mark per thread, and the way to Settings.

/** @import { ThreadRow } from "../events.d.ts" */
/** @import { Session } from "../session.js" */
/** @import { Find } from "../thread_list.js" */
import { html, Icon, IconButton, memo, Tile } from "../html.js";
import { dayGroup, tileOf, titleOf } from "../format.js";
import { otherTheme } from "../theme.js";
import { hasMore, shown } from "../thread_list.js";

const GROUPS = /** @type {const} */ (["Today", "Yesterday", "Earlier"]);

/** @param {{session: Session}} props */
export function Threads({ session }) {
  const { store } = session;
  const find = /** @type {Find} */ (store.get("find"));
  const me = store.get("me");
  const rows = shown(find, me);
  return html`<nav class="threads" aria-label="Threads">
    <div class="row"><a class="brand grow" href="/"><${Icon} name="mark" />GIINT</a>
      <a class="btn quiet icon" href="/" aria-label="New chat" title="New chat  Ctrl Shift O"><${Icon} name="edit" /></a></div>
    <label class="find"><span class="vh">Search threads</span><${Icon} name="search" small />
      <input type="search" id="find" placeholder="Search" autocomplete="off" value=${find.text} title="Search  Ctrl K"
        onInput=${(/** @type {any} */ event) => void session.list.show({ text: event.target.value })} /></label>
    <div class="scroll" tabindex="0" role="group" aria-label="Thread list">
      ${find.archived && html`<div class="row"><h2 class="group grow">Archive</h2><button type="button" class="btn quiet sm" onClick=${() => void session.list.show({ archived: false })}>Close</button></div>`}
      ${rows.length === 0 && html`${!find.archived && html`<p class="group">Threads</p>`}<p class="thread sm">${emptyWords(find)}</p>`}
      ${GROUPS.map((group) => html`<${Group} group=${group} here=${store.get("route").thread}
        rows=${rows.filter((row) => dayGroup(row.last_message_at, new Date()) === group)} />`)}
      ${hasMore(find, me) && html`<button type="button" class="btn quiet full" onClick=${() => void session.list.more()}>Older threads</button>`}</div>
    <${Foot} session=${session} /></nav>`;
}

const Group = memo((/** @type {{group: string, rows: ThreadRow[], here: string | null}} */ { group, rows, here }) => rows.length > 0 && html`<h2 class="group">${group}</h2>
  <ul class="list">${rows.map((row) => html`<li key=${row.id}><a class="thread" href="/t/${row.id}"
    aria-current=${row.id === here ? "page" : null}><span class="grow cut" dir="auto" title=${titleOf(row)}>${titleOf(row)}</span>
    <${Mark} activity=${row.activity} /></a></li>`)}</ul>`);

/** @param {Find} find */
const emptyWords = ({ text, archived }) => (text ? "Nothing found." : archived ? "Nothing is archived." : "Your threads will be listed here.");

/** @param {{activity: ThreadRow["activity"]}} props */
function Mark({ activity }) {
  if (activity === "running") return html`<span class="bars" role="img" aria-label="Answering"></span>`;
  if (activity === "waiting") return html`<${Icon} name="shield" kind="warn" /><span class="vh">Waiting for you</span>`;
  if (activity === "failed") return html`<${Icon} name="alert" kind="bad" /><span class="vh">Failed</span>`;
  if (activity === "queued") return html`<${Icon} name="clock" small /><span class="vh">Queued</span>`;
  return null;
}

/** @param {{session: Session}} props */
function Foot({ session: { store, list } }) {
  const { user } = store.get("boot");
  const { page } = store.get("route");
  return html`<div class="foot">
    ${!store.get("find").archived && html`<button type="button" class="thread opt" onClick=${() => void list.show({ archived: true })}><${Icon} name="archive" /><span class="grow">Archive</span></button>`}
    <a class="thread" href="/agents" aria-current=${page === "agents" ? "page" : null}><${Icon} name="agent" /><span class="grow">Agents</span></a>
    <a class="thread" href="/settings" aria-current=${page === "settings" ? "page" : null}><${Icon} name="gear" /><span class="grow">Settings</span></a>
    <div class="row"><span class="thread grow"><${Tile} letters=${user.initials} tile=${tileOf(user.id)} person />
      <bdi class="grow cut">${user.name}</bdi></span>
      <${IconButton} name="theme" label="Switch between light and dark" onClick=${() => store.set("theme", otherTheme())} /></div></div>`;
}
