// A console message: in the chat, above the answer to it; and in the side window, with what becomes of it.

/** @import { ConsoleRow, MessageRow } from "../events.d.ts" */
/** @import { Session } from "../session.js" */
import { fateOf, markOf, sourceOf, tagOf } from "../console_values.js";
import { isWaiting } from "../console_events.js";
import { clock, moment } from "../format.js";
import { html, Icon, memo } from "../html.js";

/** @param {{row: ConsoleRow | null, cut: boolean, created: string}} props */
const Head = ({ row, cut, created }) => html`<header><${Icon} name="term" /><b>Console</b>${row && html`<bdi class="cut">${sourceOf(row)}</bdi>
    <span class="tag warn">${tagOf(row, cut)}</span>`}<time class="end num" dateTime=${created} title=${moment(created)}>${clock(created)}</time></header>`;

/** What came from outside is text, never more. @param {{text: string}} props */
const Words = ({ text }) => html`<p class="plain" dir="auto">${text}</p>`;

export const ConsoleArticle = memo((/** @type {{message: MessageRow, row: ConsoleRow | null, cut: boolean, agent: string}} */ { message, row, cut, agent }) => html`<article class="console" id=${message.id} tabindex="-1" aria-label="Console message">
  <${Head} row=${row} cut=${cut} created=${message.created} /><${Words} text=${message.text} />
  ${row && row.status !== "delivered" && html`<p class="xs dim">${fateOf(row, agent)}</p>`}</article>`);

export const ConsoleCard = memo((/** @type {{row: ConsoleRow, cut: boolean, agent: string, session: Session}} */ { row, cut, agent, session }) => {
  const { deeds, side } = session;
  const mark = markOf(row.status);
  const waits = isWaiting(row);
  return html`<article class="console" aria-label="Console message, ${row.status}"><${Head} row=${row} cut=${cut} created=${row.created} /><${Words} text=${row.text} />
    <div class="row wrap xs fate"><${Icon} name=${mark.name} small kind=${mark.kind} /><span class="grow dim">${fateOf(row, agent)}${waits && row.expires && html` Until ${moment(row.expires)}.`}</span>
      <span class="row">${row.status === "held" && html`<button type="button" class="btn quiet sm" onClick=${() => void deeds.release(row.id)}>Let it go on</button>`}
        ${waits && html`<button type="button" class="btn quiet sm" onClick=${() => void deeds.takeBackConsole(row.id)}>Cancel</button>`}
        ${!waits && row.message && html`<button type="button" class="btn quiet sm" onClick=${() => side.reveal(row.message ?? "")}><${Icon} name="open" small />In the chat</button>`}</span></div></article>`;
});
