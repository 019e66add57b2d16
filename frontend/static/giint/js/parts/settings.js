// Settings: provider keys, API tokens, how the page looks and behaves, and the account.

/** @import { Session } from "../session.js" */
/** @import { TemplateList } from "../wire.d.ts" */
import { Component } from "preact";
import { html, Icon } from "../html.js";
import { Banner } from "./banner.js";
import { DrawerButton } from "./chat.js";
import { ChoiceField } from "./field.js";
import { Keys } from "./keys.js";
import { Record } from "./record.js";
import { Tokens } from "./tokens.js";

/** @param {{session: Session}} props */
export function Settings({ session }) {
  return html`<main class="main" id="main"><header class="bar"><${DrawerButton} session=${session} /><h1 class="grow cut">Settings</h1></header>
    <${Banner} session=${session} />
    <div class="scroll" tabindex="0" role="group" aria-label="Settings"><div class="page with-nav">
      <nav aria-label="Settings"><a class="thread" href="#keys">Provider keys</a><a class="thread" href="#chats">New chats</a><a class="thread" href="#tokens">API tokens</a><a class="thread" href="#look">Look and keyboard</a><a class="thread" href="#record">What others did</a><a class="thread" href="#account">Account</a></nav>
      <div class="stack l"><${Keys} session=${session} /><${NewChats} session=${session} /><${Tokens} session=${session} /><${Look} session=${session} /><${Record} /><${Account} session=${session} /></div></div></div></main>`;
}

class NewChats extends Component {
  componentDidMount() {
    void this.session.desk.load();
  }

  get session() {
    return /** @type {{session: Session}} */ (this.props).session;
  }

  render() {
    const { store, desk } = this.session;
    const list = /** @type {TemplateList | null} */ (store.get("templates"));
    const site = list?.templates.find((row) => row.site_default)?.name;
    const able = (list?.templates ?? []).filter((row) => row.variables.every((one) => one.default !== null));
    /** @type {[string, string][]} */
    const options = [["", site ? `As this server has it: ${site}` : "The agent I used last, or my first one"], ...able.map((row) => /** @type {[string, string]} */ ([row.id, row.name]))];
    return html`<section class="stack" id="chats" aria-labelledby="chats-title"><h2 id="chats-title">New chats</h2><div class="box pad">
      <${ChoiceField} id="standard" label="Template" value=${list?.default ?? ""} options=${options} help="Whom a new chat is with, where you choose nobody."
        onChange=${(/** @type {string} */ id) => void desk.standard(id || null)} /></div></section>`;
  }
}

const THEMES = [["system", "As the system"], ["light", "Light"], ["dark", "Dark"]];

/** @param {{session: Session}} props */
function Look({ session: { store } }) {
  return html`<section class="stack" id="look" aria-labelledby="look-title"><h2 id="look-title">Look and keyboard</h2><div class="box">
    <div class="line" role="radiogroup" aria-labelledby="theme-name"><span class="grow"><span id="theme-name">Theme</span><small>The same on all your devices.</small></span>
      ${THEMES.map(([value, label]) => html`<label class="row"><input type="radio" name="theme" checked=${store.get("theme") === value} onChange=${() => store.set("theme", value)} />${label}</label>`)}</div>
    <${Switch} store=${store} name="reasoning_open" label="Show reasoning unfolded" help="What a model thought before it answered." />
    <${Switch} store=${store} name="enter_sends" label="Enter sends" help="Otherwise Ctrl Enter sends and Enter makes a new line." />
    <${Switch} store=${store} name="shortcuts" label="Keyboard shortcuts" help="Press ? outside of a field to see them." /></div></section>`;
}

/** @param {{store: import("../store.js").Store, name: string, label: string, help: string}} props */
function Switch({ store, name, label, help }) {
  return html`<label class="line"><span class="grow">${label}<small>${help}</small></span>
    <input type="checkbox" checked=${store.get(name)} onChange=${(/** @type {any} */ event) => store.set(name, event.target.checked)} /></label>`;
}

/** @param {{session: Session}} props */
function Account({ session: { store } }) {
  const { user } = store.get("boot");
  const signOut = () => /** @type {HTMLFormElement} */ (document.getElementById("sign-out")).submit();
  return html`<section class="stack" id="account" aria-labelledby="account-title"><h2 id="account-title">Account</h2><div class="box">
    <div class="line"><${Icon} name="user" kind="dim" /><span class="grow"><bdi>${user.name}</bdi><small><bdi>${user.email}</bdi></small></span>
      <button type="button" class="btn" onClick=${signOut}><${Icon} name="out" />Sign out</button></div>
    <a class="line go" href=${document.body.dataset.password}><${Icon} name="lock" /><span class="grow">Change password<small>Other sessions end.</small></span><${Icon} name="right" kind="flip" /></a>
    ${user.staff && html`<a class="line go" href="/admin/"><${Icon} name="gear" /><span class="grow">Admin<small>The control plane of this server.</small></span><${Icon} name="right" kind="flip" /></a>`}</div></section>`;
}
