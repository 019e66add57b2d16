// A poll in a card: tally, answers, dissent, synthesis, in this order from its first word on.

/** @import { EntryRow, TranscriptRow } from "../events.d.ts" */
/** @import { Poll, Tallied } from "../poll_values.js" */
/** @import { Session } from "../session.js" */
import { Component } from "preact";
import { html, Icon } from "../html.js";
import { countsOf } from "../poll_values.js";
import { Entries, EntryText, EntryTile } from "./entries.js";
import { Prose } from "./prose.js";

/** Answers that are drawn at first: one cannot read fifty at once. */
const FIRST = 6;

/** @typedef {{row: TranscriptRow, entries: EntryRow[], session: Session, live: boolean, unfolded: boolean, poll: Poll}} Props */

export class PollBody extends Component {
  state = { shown: FIRST };

  /** @param {Props} props @param {{shown: number}} state */
  render({ session, live, unfolded, poll }, { shown }) {
    const hidden = Math.max(0, poll.answers.length - shown);
    return html`<${Tally} poll=${poll} session=${session} />
      ${unfolded && html`<${Entries} entries=${poll.answers.slice(0, shown)} session=${session} />
        ${hidden > 0 && html`<button type="button" class="btn quiet sm" onClick=${() => this.setState({ shown: shown + 50 })}>
          Show ${hidden} more ${hidden === 1 ? "answer" : "answers"}<${Icon} name="down" small /></button>`}`}
      <${Dissent} poll=${poll} />
      <${Synthesis} poll=${poll} live=${live} />`;
  }
}

/** @param {string} dissent as the poll says it @returns {boolean} */
export const isDissent = (dissent) => dissent !== "" && !/^none\W*$/i.test(dissent);

/** @param {{poll: Poll}} props */
export function Dissent({ poll: { dissent } }) {
  if (!isDissent(dissent)) return null;
  return html`<div class="stack t apart"><h3 class="lab">Dissent</h3><p class="sm" dir="auto">${dissent}</p></div>`;
}

/** @param {{poll: Poll, live: boolean, kind?: string}} props */
export function Synthesis({ poll, live, kind = "apart" }) {
  const { synthesis, synthesised } = poll;
  if (!synthesised && !synthesis) return null;
  return html`<div class="note acc stack t ${kind}"><h3>Synthesis</h3>${synthesis && !synthesised ? html`<${EntryText} entry=${synthesis} />`
    : html`<${Prose} text=${synthesised} live=${false} />`}</div>`;
}

/** What was chosen by whom, how many have answered, and who has not. @param {{poll: Poll, session: Session}} props */
export function Tally({ poll, session }) {
  const failed = [...poll.failed.map((entry) => entry.name), ...poll.silent];
  return html`<${Choices} tally=${poll.tally} total=${poll.total} session=${session} />
    <p class="xs dim">${countsOf(poll)}.${failed.length > 0 && html` Without an answer: <bdi>${failed.join(", ")}</bdi>.`}</p>`;
}

/** @param {{tally: Tallied[], total: number, session: Session}} props */
function Choices({ tally, total, session }) {
  if (!tally.length) return null;
  const { agents } = session.store.get("me");
  return html`<div class="tally">${tally.map(({ choice, count, voices }) => html`<div key=${choice}><div class="row"><bdi class="grow">${choice}</bdi>
      ${voices.slice(0, 6).map((entry) => html`<${EntryTile} key=${entry.id} entry=${entry} agents=${agents} small />`)}<b class="num">${count}</b></div>
    <progress value=${count} max=${total || 1} aria-label=${`${choice}: ${count} of ${total}`}></progress></div>`)}</div>`;
}
