// The connection, when it is gone for more than five seconds: what is, when it is tried again, and a way to hurry.

/** @import { Session } from "../session.js" */
/** @import { Link } from "../wire.d.ts" */
import { html, Icon } from "../html.js";
import { bannerOf } from "../banner_text.js";

/** @param {{session: Session}} props */
export function Banner({ session }) {
  const link = /** @type {Link} */ (session.store.get("link"));
  const said = bannerOf(link, session.store.get("now"));
  if (!said) return null;
  return html`<div class="banner"><${Icon} name="off" />
    <span class="grow"><b role="alert">${said.lost}</b> <span class="num" aria-hidden="true">${said.since}</span> ${said.next} What you type is kept here.</span>
    ${link.status !== "ended" && html`<button type="button" class="btn" disabled=${link.status === "connecting"}
      onClick=${() => session.socket.tryNow()}>Try now</button>`}
    ${link.status === "ended" && html`<button type="button" class="btn" onClick=${() => location.reload()}>Load the page</button>`}</div>`;
}
