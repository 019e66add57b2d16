// What a person can do on the page. Each deed goes out by the socket or REST; what it changed comes back as events.

/** @import { Kept } from "./drafts.js" */
/** @import { Outbox } from "./outbox.js" */
/** @import { Places } from "./places.js" */
/** @import { Store } from "./store.js" */
import { api } from "./api.js";
import { withDraft } from "./drafts.js";

export class Deeds {
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
