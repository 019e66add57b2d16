// One page at work: wires the store to the socket, and says what comes in to whoever waits for it.

/** @import { AgentRow } from "./events.d.ts" */
/** @import { Bootstrap, Frame, Outgoing, Refused, StreamFrame, ThreadState, UserState } from "./wire.d.ts" */
/** @import { Store } from "./store.js" */
import { batch } from "@preact/signals";
import { api } from "./api.js";
import { CHOICE, Choices } from "./choices.js";
import { Deeds } from "./deeds.js";
import { Desk } from "./desk.js";
import { behindFrame } from "./drawing.js";
import { Kept } from "./drafts.js";
import { Intake } from "./intake.js";
import { Outbox } from "./outbox.js";
import { isOpen } from "./path.js";
import { Places } from "./places.js";
import { SideWindow } from "./side_window.js";
import { FOLLOW, Socket } from "./socket.js";
import { ThreadList } from "./thread_list.js";

const SOCKET = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws/`;

export class Session {
  /** @param {Store} store @param {Bootstrap} boot @param {() => void} signedOut */
  constructor(store, boot, signedOut) {
    this.store = store;
    this.signedOut = signedOut;
    const { id } = boot.user;
    const drafts = new Kept(localStorage, `giint.drafts.${id}`, /** @type {Record<string, string>} */ ({}));
    this.unsent = new Kept(sessionStorage, `giint.outbox.${id}`, /** @type {Outgoing[]} */ ([]));
    store.start(boot);
    store.set("missing", boot.missing);
    store.set("standard", boot.default);
    store.set("drafts", drafts.read());
    store.set("outbox", this.unsent.read());
    this.intake = new Intake((frames) => this.#apply(frames), behindFrame);
    this.socket = this.#makeSocket();
    const send = (/** @type {Record<string, unknown>} */ frame) => this.socket.send(frame);
    this.outbox = new Outbox({
      send,
      shelf: { read: () => store.peek("outbox"), write: (items) => this.#keep(items) },
      opened: (thread) => this.#opened(thread),
    });
    this.choices = new Choices({
      send, version: () => store.peek("me").ui.version, adopt: (version, state) => store.adopt(version, state),
    });
    store.onChoice((patch) => this.choices.make(patch));
    this.places = new Places(store, {
      follow: (stream) => this.#follow(stream, "thread"),
      unfollow: (stream) => this.socket.unfollow(stream),
      signedOut,
    });
    this.list = new ThreadList(store, { get: (path) => api("GET", path), fault: (error) => this.places.fault(error) });
    this.side = new SideWindow(store, { get: (path) => api("GET", path), fault: (error) => this.places.said(error) });
    this.desk = new Desk(store, this.places);
    this.deeds = new Deeds(store, this.places, this.outbox, { send, drafts });
  }

  #makeSocket() {
    return new Socket({
      open: () => new WebSocket(SOCKET),
      frame: (frame) => this.#frame(frame),
      status: (link) => {
        this.store.set("link", link);
        if (link.status !== "open") this.deeds.told(null, false);
      },
      ready: () => {
        this.outbox.flush();
        this.choices.flush();
        void this.places.again();
      },
      ended: (code) => code === 4401 && this.signedOut(),
      failed: () => void this.#stillSignedIn(),
    });
  }

  begin() {
    this.#follow(this.store.peek("me").stream, "me");
    const thread = /** @type {ThreadState | null} */ (this.store.peek("thread"));
    if (thread) this.#follow(thread.stream, "thread");
    this.#arrivals();
    this.socket.connect();
  }

  /** A refused handshake has no reason that a page could see; REST has one. */
  async #stillSignedIn() {
    const error = await api("GET", "state").then(() => null, (reason) => reason);
    if (error?.status === 401) this.signedOut();
  }

  /** @param {Outgoing[]} items */
  #keep(items) {
    this.store.set("outbox", items);
    this.unsent.write(items);
  }

  /** The first message of a new chat has its thread. @param {string} thread */
  #opened(thread) {
    const { page, thread: here } = this.store.peek("route");
    if (page === "chat" && here === null) void this.places.go({ page: "chat", thread }, "replace");
  }

  /** @param {string} stream @param {"me" | "thread"} key */
  #follow(stream, key) {
    this.socket.follow(stream, () => {
      this.intake.flush();
      const state = /** @type {ThreadState | UserState | null} */ (this.store.peek(key));
      const resumable = state !== null && state.stream === stream && state.stale !== "fresh";
      return resumable ? { after: state.seq, epoch: state.epoch } : { after: null, epoch: null };
    });
  }

  /** @param {Frame} frame */
  #frame(frame) {
    if (frame.op === "ok") {
      if (frame.id === CHOICE) this.choices.confirmed();
      else if (!this.outbox.confirmed(frame)) this.deeds.told(frame.id, true);
    } else if (frame.op === "error") this.#refused(frame);
    else if (frame.op === "notice") this.intake.add({ ...frame, at: Date.now() });
    else if (frame.op !== "pong") this.intake.add(frame);
  }

  /** @param {Refused} frame */
  #refused(frame) {
    if (frame.id !== null) this.deeds.told(frame.id, false);
    if (this.outbox.refused(frame)) return;
    if (frame.id === CHOICE && this.choices.refused(frame)) return;
    if (frame.code === "signed_out") this.signedOut();
    else if (frame.id?.startsWith(FOLLOW)) this.#notOurs(frame.id.slice(FOLLOW.length));
    else if (!["not_running", "not_queued"].includes(frame.code)) this.store.set("toast", frame.message);
  }

  /** A stream was refused: the thread is gone, or somebody else has signed in here meanwhile. @param {string} stream */
  #notOurs(stream) {
    this.socket.unfollow(stream);
    if (stream === this.store.peek("me").stream) this.signedOut();
    else if (stream === this.store.peek("thread")?.stream) {
      this.store.show(null);
      this.store.set("missing", true);
    }
  }

  /** @param {StreamFrame[]} frames */
  #apply(frames) {
    const before = /** @type {ThreadState | null} */ (this.store.peek("thread"));
    batch(() => {
      for (const frame of frames) this.store.receive(frame);
      this.#arrivals();
    });
    for (const key of ["me", "thread"]) {
      const state = this.store.peek(key);
      if (state?.stale) this.socket.again(state.stream);
    }
    this.#announce(before);
    for (const frame of frames) {
      if (frame.op === "event" && frame.type === "thread.removed") this.#removed(frame.payload.thread);
    }
  }

  /** What we sent and now see as messages is no longer on its way. */
  #arrivals() {
    if (!this.store.peek("outbox").length) return;
    const state = /** @type {ThreadState | null} */ (this.store.peek("thread"));
    this.outbox.seen(new Set(Object.values(state?.messages ?? {}).map((row) => row.client_id ?? "")));
  }

  /** Perhaps it is the open one, deleted in another tab. @param {string} thread */
  #removed(thread) {
    this.list.drop(thread);
    if (this.places.here !== thread) return;
    this.store.set("toast", "That thread was deleted.");
    void this.places.go({ page: "chat", thread: null }, "replace");
  }

  /** One polite line for screen readers when a run of the open thread has ended. @param {ThreadState | null} before */
  #announce(before) {
    const state = /** @type {ThreadState | null} */ (this.store.peek("thread"));
    if (!state || state.runs === before?.runs || state.stream !== before?.stream) return;
    const ended = Object.values(state.runs).find((run) => !isOpen(run) && before.runs[run.id] && isOpen(before.runs[run.id]));
    if (!ended) return;
    const name = this.store.peek("me").agents.find((/** @type {AgentRow} */ agent) => agent.id === ended.agent)?.name ?? "The agent";
    const line = ended.status === "completed" ? `${name} has answered` : `The answer of ${name} ended early`;
    // The same line twice is read once; a space at its end makes it another line.
    this.store.set("spoken", this.store.peek("spoken") === line ? `${line}\u00a0` : line);
  }
}
