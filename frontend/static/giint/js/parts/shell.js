// The frame of the page: the thread list, the chat or the settings, and what floats above them.

/** @import { Session } from "../session.js" */
import { html, IconButton } from "../html.js";
import { Agents } from "./agents.js";
import { Chat } from "./chat.js";
import { Dialog } from "./dialog.js";
import { Imports } from "./imports.js";
import { Remote } from "./remote.js";
import { Settings } from "./settings.js";
import { Side } from "./side.js";
import { Threads } from "./threads.js";
import { Transcript } from "./transcript.js";
import { Transcripts } from "./transcripts.js";

/** @param {{session: Session}} props */
export function Shell({ session }) {
  const { store } = session;
  const page = store.get("route").page;
  return html`<a class="skip" href="#main">Skip to content</a>
    <div class="app"><${Threads} session=${session} />
      ${store.get("drawer") && html`<button type="button" class="scrim" aria-label="Close the thread list" onClick=${() => store.set("drawer", false)}></button>`}
      ${store.get("narrow") && session.side.isOpen && html`<button type="button" class="scrim" tabindex="-1" aria-label="Close the side window" onClick=${() => session.side.set(false)}></button>`}
      ${page === "settings" ? html`<${Settings} session=${session} />` : page === "agents" ? html`<${Agents} session=${session} />`
        : page === "imports" ? html`<${Imports} session=${session} />` : page === "remote" ? html`<${Remote} session=${session} />`
        : page === "transcript" ? html`<${Transcript} key=${store.get("route").part} session=${session} />`
        : page === "transcripts" ? html`<${Transcripts} session=${session} />` : html`<${Chat} session=${session} />`}
      ${session.side.isOpen && html`<${Side} session=${session} />`}</div>
    <${Dialog} session=${session} /><${Toast} session=${session} />
    <p class="vh" aria-live="polite">${store.get("spoken")}</p>`;
}

/** @param {{session: Session}} props */
function Toast({ session: { store } }) {
  const said = store.get("toast");
  return html`<div class="toasts" role="status">${said && html`<div class="toast"><span class="grow">${said}</span>
    <${IconButton} name="x" label="Close" small onClick=${() => store.set("toast", "")} /></div>`}</div>`;
}
