// The chat: the thread's head line, its conversation or the welcome, the status line and the composer.

/** @import { ThreadState } from "../wire.d.ts" */
/** @import { Session } from "../session.js" */
import { titleOf } from "../format.js";
import { html, Icon, IconButton } from "../html.js";
import { badgeOf, liveOf, TABS } from "../side_values.js";
import { statusOf } from "../status.js";
import { Banner } from "./banner.js";
import { Composer } from "./composer.js";
import { Empty } from "./empty.js";
import { Log } from "./log.js";
import { Menu } from "./menu.js";

/** @param {{session: Session}} props */
export function Chat({ session }) {
  const { store } = session;
  const { thread: here } = store.get("route");
  const thread = /** @type {ThreadState | null} */ (store.get("thread"));
  if (store.get("missing")) return html`<${Missing} session=${session} />`;
  const leaving = store.get("outbox").some((/** @type {any} */ item) => item.thread === here);
  const fresh = here === null && !leaving;
  return html`<main class="main" id="main"><${Bar} session=${session} thread=${thread} /><${Banner} session=${session} />
    ${fresh ? html`<div class="scroll row top" tabindex="0" role="group" aria-label="Start"><${Empty} session=${session} /></div>`
      : html`<${Log} key=${here ?? "new"} session=${session} thread=${thread} />`}
    <div class="dock ${fresh ? "stack t" : ""}"><${StatusLine} session=${session} /><${Composer} session=${session} />
      ${fresh && html`<p class="xs dim keys wide"><span><kbd>Enter</kbd> sends</span><span><kbd>Shift Enter</kbd> new line</span><span><kbd>?</kbd> all shortcuts</span></p>`}</div></main>`;
}

/** @param {{session: Session}} props */
export const DrawerButton = ({ session }) => html`<${IconButton} name="menu" label="Threads" kind="quiet narrow" onClick=${() => session.side.giveWay()} />`;

/** @param {{session: Session, thread: ThreadState | null}} props */
function Bar({ session, thread }) {
  const head = thread?.thread ?? null;
  return html`<header class="bar"><${DrawerButton} session=${session} /><h1 class="cut" dir="auto">${head ? titleOf(head) : "New chat"}</h1>
    ${head && html`<${ThreadMenu} session=${session} id=${head.id} title=${titleOf(head)} archived=${head.archived} />`}
    <span class="grow"></span><${SideButton} session=${session} /></header>`;
}

/** @param {{session: Session}} props */
function SideButton({ session: { store, side } }) {
  const badge = badgeOf(TABS.map((one) => one.id), liveOf(store.get("thread")), store.get("me").new);
  return html`<button type="button" class="btn quiet" id="side-button" aria-label=${badge ? `Side window, ${badge.words}` : "Side window"} title="Side window  Ctrl ."
    aria-expanded=${String(side.isOpen)} onClick=${() => side.toggle()}><${Icon} name="side" /><${Badge} badge=${badge} /></button>`;
}

/** @param {{badge: ReturnType<typeof badgeOf>}} props */
export const Badge = ({ badge }) => badge && html`<span class="badge ${badge.live ? "live" : ""}" aria-hidden="true">${badge.count}</span>`;

/** @param {{session: Session, id: string, title: string, archived: boolean}} props */
function ThreadMenu({ session, id, title, archived }) {
  const { store, deeds } = session;
  const items = [
    { label: html`<${Icon} name="edit" /><span class="grow">Rename</span><kbd>F2</kbd>`, act: () => store.set("dialog", { kind: "rename", id, title }) },
    { label: html`<${Icon} name="archive" /><span class="grow">${archived ? "Bring it back" : "Archive"}</span>`, act: () => void deeds.change(id, { archived: !archived }) },
    { label: html`<${Icon} name="trash" /><span class="grow">Delete…</span>`, kind: "bad", act: () => store.set("dialog", { kind: "delete", id, title }) },
  ];
  return html`<${Menu} label="Rename, archive, delete" face=${html`<${Icon} name="more" />`} items=${items} />`;
}

/** @type {Record<string, any>} */
const MARKS = {
  bars: html`<span class="bars" aria-hidden="true"></span>`,
  off: html`<${Icon} name="off" kind="warn" />`,
  clock: html`<${Icon} name="clock" kind="dim" />`,
  shield: html`<${Icon} name="shield" kind="warn" />`,
};

/** @param {{session: Session}} props */
function StatusLine({ session: { store, deeds } }) {
  const thread = /** @type {ThreadState | null} */ (store.get("thread"));
  const around = { agents: store.get("me").agents, link: store.get("link"), now: store.get("now") };
  const status = thread && statusOf(thread, around);
  if (!status) return html`<div class="status" role="status"></div>`;
  const queued = status.run.status === "queued";
  return html`<div class="status" role="status">${MARKS[status.mark]}<span class="grow">${status.text}
    <span class="dim num" aria-hidden="true">${status.detail && ` · ${status.detail}`}<span class="hide-s">${status.wide && ` · ${status.wide}`}</span></span></span>
    ${!queued && status.mark === "bars" && around.link.status === "open" && html`<button type="button" class="btn quiet sm" onClick=${() => deeds.stop()}>Stop</button>`}
    ${status.mark === "shield" && html`<button type="button" class="btn quiet sm" onClick=${toRequest}>Go to request</button>`}</div>`;
}

/** @param {{session: Session}} props */
function Missing({ session }) {
  return html`<main class="main" id="main"><header class="bar"><${DrawerButton} session=${session} /><h1>Not found</h1></header><${Banner} session=${session} />
    <div class="hero stack"><p>There is no such thread here, or it is not yours. It may have been deleted.</p><div><a class="btn pri" href="/">New chat</a></div></div></main>`;
}

/** The call that waits comes into view, and its first button into reach. */
function toRequest() {
  const asked = document.querySelector(".ask:not(.past)");
  asked?.scrollIntoView({ block: "center" });
  asked?.querySelector("button")?.focus({ preventScroll: true });
}
