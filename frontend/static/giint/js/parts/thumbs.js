// What its reader thinks of an answer: a thumb, and a note once there is one.

/** @import { MessageRow } from "../events.d.ts" */
/** @import { Session } from "../session.js" */
import { Component } from "preact";
import { html, Icon, IconButton } from "../html.js";

/** @typedef {{message: MessageRow, session: Session}} Props */

export class Thumbs extends Component {
  state = { writing: false };
  /** What was given last here: its event may not be back yet. @type {0 | 1 | -1 | null} */
  given = null;
  /** One after the other, so that an older one never lands on a newer. @type {Promise<unknown>} */
  sent = Promise.resolve();

  /** @param {0 | 1 | -1} thumb @param {string} note */
  judge(thumb, note) {
    const { message, session } = /** @type {Props} */ (/** @type {unknown} */ (this.props));
    this.given = thumb;
    this.sent = this.sent.then(() => session.deeds.judge(message.id, thumb, note));
  }

  /** @param {1 | -1} thumb */
  give(thumb) {
    const { message } = /** @type {Props} */ (/** @type {unknown} */ (this.props));
    const same = message.thumb === thumb;
    this.setState({ writing: !same });
    this.judge(same ? 0 : thumb, same ? "" : message.note);
  }

  /** @param {SubmitEvent} event */
  submit = (event) => {
    event.preventDefault();
    const { message } = /** @type {Props} */ (/** @type {unknown} */ (this.props));
    const note = String(new FormData(/** @type {HTMLFormElement} */ (event.target)).get("note"));
    this.setState({ writing: false });
    const thumb = this.given ?? /** @type {0 | 1 | -1} */ (message.thumb);
    if (thumb) this.judge(thumb, note);
  };

  /** @param {Props} props @param {{writing: boolean}} state */
  render({ message }, { writing }) {
    const button = (/** @type {1 | -1} */ thumb, /** @type {string} */ name, /** @type {string} */ label) => html`<button type="button" class="btn icon quiet ${message.thumb === thumb ? "given" : ""}"
      aria-label=${label} title=${label} aria-pressed=${String(message.thumb === thumb)} onClick=${() => this.give(thumb)}><${Icon} name=${name} /></button>`;
    return html`${button(1, "good", "Good answer")}${button(-1, "bad", "Bad answer")}
      ${writing && html`<form class="row grow judge" onSubmit=${this.submit}><label class="vh" for="note-${message.id}">Why</label>
        <input class="in" id="note-${message.id}" name="note" maxlength="2000" autocomplete="off" placeholder="Why? (may stay empty)" defaultValue=${message.note} />
        <button type="submit" class="btn sm">Keep</button>
        <${IconButton} name="x" label="Close" small onClick=${() => this.setState({ writing: false })} /></form>`}
      ${!writing && message.note && html`<button type="button" class="btn quiet sm cut" title="Change the note" onClick=${() => this.setState({ writing: true })}><bdi>${message.note}</bdi></button>`}`;
  }
}
