// A duo in a card: turn by turn, whose each is, and a box to speak to both while they talk.

/** @import { AgentRow, EntryRow, TranscriptRow } from "../events.d.ts" */
/** @import { Session } from "../session.js" */
import { Component } from "preact";
import { clock, moment } from "../format.js";
import { html, Icon, memo } from "../html.js";
import { turnsOf } from "../poll_values.js";
import { EntryText, EntryTile } from "./entries.js";

/** Turns that are drawn at first, the latest: a talk may have a hundred. */
const LAST = 8;

/** @typedef {{row: TranscriptRow, entries: EntryRow[], session: Session, live: boolean, unfolded: boolean}} Props */

export const Turn = memo((/** @type {{entry: EntryRow, side: string, agents: AgentRow[], whole?: boolean}} */ { entry, side, agents, whole = false }) => html`<article class="turn ${side === "b" ? "b" : ""}" aria-busy=${String(entry.status === "streaming")}>
  <div class="row"><${EntryTile} entry=${entry} agents=${agents} small /><b><bdi>${entry.name}</bdi></b>${side === "person" && html`<span class="dim xs">to both</span>`}
    ${whole && html`<bdi class="dim xs cut">${entry.model}</bdi><time class="dim xs end num" dateTime=${entry.started} title=${moment(entry.started)}>${clock(entry.started)}</time>`}</div>
  <${EntryText} entry=${entry} /></article>`);

export class DuoBody extends Component {
  state = { shown: LAST };
  /** @type {HTMLInputElement | null} */ box = null;

  /** @param {SubmitEvent} event */
  say = (event) => {
    event.preventDefault();
    const { row, session } = /** @type {Props} */ (/** @type {unknown} */ (this.props));
    const { box } = this;
    const text = box?.value.trim();
    if (!box || !text) return;
    box.value = "";
    void session.deeds.interject(row.id, text).then((arrived) => {
      if (!arrived && !box.value) box.value = text;
    });
  };

  /** @param {Props} props @param {{shown: number}} state */
  render({ row, entries, session, live }, { shown }) {
    const turns = turnsOf(entries);
    const hidden = Math.max(0, turns.length - shown);
    const { agents } = session.store.get("me");
    const { sentence } = row.result;
    const because = typeof sentence === "string" && sentence !== turns.at(-1)?.entry.sentence ? sentence : ""; // not twice
    return html`${hidden > 0 && html`<button type="button" class="btn quiet sm" onClick=${() => this.setState({ shown: shown + 50 })}>Show ${hidden} earlier</button>`}
      ${turns.slice(hidden).map(({ entry, side }) => html`<${Turn} key=${entry.id} entry=${entry} side=${side} agents=${agents} />`)}
      ${because && html`<p class="xs dim">${because}</p>`}
      ${live && row.hold !== "stopped" && html`<form class="row" onSubmit=${this.say}><label class="vh" for="say-${row.id}">Say something to both</label>
        <input class="in grow" id="say-${row.id}" name="text" maxlength="20000" autocomplete="off" dir="auto" placeholder="Say something to both"
          ref=${(/** @type {HTMLInputElement | null} */ element) => { this.box = element; }} />
        <button type="submit" class="btn icon" aria-label="Send to both" title="Send to both"><${Icon} name="send" /></button></form>`}`;
  }
}
