// What a person can do on the page. Each deed goes out by the socket or REST; what it changed comes back as events.

/** @import { Kept } from "./drafts.js" */
/** @import { Outbox } from "./outbox.js" */
/** @import { Places } from "./places.js" */
/** @import { Store } from "./store.js" */
import { api } from "./api.js";
import { withDraft } from "./drafts.js";

export class Deeds {
  /** Console messages on their way, by our id. @type {Map<string, (arrived: boolean) => void>} */
  #posting = new Map();

  /**
   * @param {Store} store @param {Places} places @param {Outbox} outbox
   * @param {{send: (frame: Record<string, unknown>) => boolean, drafts: Kept<Record<string, string>>}} wiring
   */
  constructor(store, places, outbox, { send, drafts }) {
    this.store = store;
    this.places = places;
    this.outbox = outbox;
    this.wire = send;
    this.drafts = drafts;
  }

  /** @param {string} text @param {string | null} agent */
  say(text, agent) {
    this.draft("");
    this.outbox.submit({ text, thread: this.places.here, agent });
  }

  /** Answer a message of ours once more. @param {string} message @param {string | null} agent another one than before */
  again(message, agent = null) {
    this.outbox.submit({ text: "", thread: this.places.here, agent, again: message });
  }

  /** The next messages here are for this agent; it becomes the open thread's first. @param {string} agent */
  face(agent) {
    this.store.set("chosen", agent);
    this.store.set("agent", agent);
    const head = this.store.peek("thread")?.thread;
    if (head && head.agents[0] !== agent) {
      void this.change(head.id, { agents: [agent, ...head.agents.filter((/** @type {string} */ id) => id !== agent)] });
    }
  }

  /** What the reader thinks of an answer; 0 takes it back. @param {string} message @param {number} thumb @param {string} note */
  async judge(message, thumb, note) {
    const path = `messages/${message}/feedback`;
    const asked = thumb ? api("PUT", path, { thumb, note }) : api("DELETE", path);
    await asked.catch((error) => this.places.fault(error));
  }

  /** Decide about a tool call that waits. @param {string} approval @param {Record<string, unknown>} decision @returns {Promise<string>} "" or what is wrong */
  async decide(approval, decision) {
    const asked = api("POST", `approvals/${approval}`, decision);
    return asked.then(() => "", (error) => error.message);
  }

  /** Pause a transcript, let it go on, stop it. @param {string} transcript @param {string} hold */
  async hold(transcript, hold) {
    await api("PUT", `transcripts/${transcript}/hold`, { hold }).catch((error) => this.places.said(error));
  }

  /** Say something into a transcript. @param {string} transcript @param {string} text @returns {Promise<boolean>} whether it arrived */
  async interject(transcript, text) {
    const asked = api("POST", `transcripts/${transcript}/entries`, { text });
    return asked.then(() => true, (error) => Boolean(this.places.said(error)));
  }

  /**
   * Post a console message to the open thread.
   * @param {string} id of our own @param {string} text @param {string} policy @returns {Promise<boolean>} whether it arrived
   */
  post(id, text, policy) {
    return new Promise((resolve) => {
      this.#posting.set(id, resolve);
      const left = this.wire({ op: "console", id, thread: this.places.here, text, policy });
      if (!left) this.told(id, false);
    });
  }

  /** The server's word on what was posted; without an id the link was lost. @param {string | null} id @param {boolean} arrived */
  told(id, arrived) {
    for (const [one, resolve] of this.#posting) {
      if (id !== null && one !== id) continue;
      this.#posting.delete(one);
      resolve(arrived);
    }
  }

  /** A console message that waits is taken back. @param {string} id */
  async takeBackConsole(id) {
    await api("DELETE", `console/${id}`).catch((error) => this.places.said(error));
  }

  /** A console message that is held goes on. @param {string} id */
  async release(id) {
    await api("POST", `console/${id}/release`).catch((error) => this.places.said(error));
  }

  /** @param {string} id @param {string} text */
  discard(id, text) {
    this.outbox.discard(id);
    this.#giveBack(text);
  }

  stop() {
    const thread = this.places.here;
    if (thread) this.wire({ op: "stop", thread, id: "stop" });
  }

  /** A queued message is taken back; its text returns to the composer. @param {string} message @param {string} text */
  takeBack(message, text) {
    if (this.wire({ op: "dequeue", message, id: "dequeue" })) this.#giveBack(text);
  }

  /** @param {string} text */
  #giveBack(text) {
    if (!this.store.peek("drafts")[this.places.here ?? ""]) this.draft(text);
  }

  /** @param {string} text */
  draft(text) {
    const drafts = withDraft(this.store.peek("drafts"), this.places.here, text);
    this.store.set("drafts", drafts);
    this.drafts.write(drafts);
  }

  /** @param {string} id @param {{title?: string, archived?: boolean, agents?: string[]}} changes */
  async change(id, changes) {
    return api("PATCH", `threads/${id}`, changes).catch((error) => this.places.fault(error));
  }

  /** @param {string} id */
  async remove(id) {
    try {
      await api("DELETE", `threads/${id}`);
      if (this.places.here === id) await this.places.go({ page: "chat", thread: null }, "replace");
    } catch (error) {
      this.places.fault(error);
    }
  }
}
