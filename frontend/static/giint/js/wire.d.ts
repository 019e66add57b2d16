// Shapes of docs/protocol.md that are not events, and of the client's own state.
import type {
  AccountRow, AgentRow, ApprovalRow, CallRow, ConsoleRow, EntryRow, EventFrame, KeyRow, MessageRow, NewRow, RunRow,
  ThreadHead, ThreadRow,
  TranscriptRow,
} from "./events.d.ts";

export interface Ui { version: number; state: Record<string, unknown> }

export interface ThreadSnapshot {
  stream: string; seq: number; epoch: string; thread: ThreadHead;
  messages: MessageRow[]; older: boolean; runs: RunRow[]; calls: CallRow[]; approvals: ApprovalRow[];
  /** What tools did beside these messages; `entries` are those of the open ones. */
  transcripts: TranscriptRow[]; entries: EntryRow[];
  /** Console messages among these messages, and those of the thread that are not delivered yet. */
  console: ConsoleRow[];
}

export interface UserSnapshot {
  stream: string; seq: number; epoch: string; threads: ThreadRow[]; older: boolean;
  agents: AgentRow[]; keys: KeyRow[]; account: AccountRow; ui: Ui; new: NewRow;
  /** Console messages that are not over. */
  console: ConsoleRow[];
}

export type Snapshot = ThreadSnapshot | UserSnapshot;
export type SnapshotFrame = Snapshot & { op: "snapshot" };
export interface Subscribed { op: "subscribed"; stream: string; seq: number; epoch: string; recovered: true }
export interface Delta {
  op: "delta"; message?: string; entry?: string; attempt: number; offset: number; text: string; part?: "reasoning";
}
export interface ProgressFrame { op: "progress"; call: string; text: string; done?: number; total?: number }
/** Live only: a run waits before it asks the model server again. `at`: when it came, by the page's clock. */
export interface NoticeFrame {
  op: "notice"; run: string; thread: string; code: string; message: string; seconds: number; at?: number;
}
export interface Resync { op: "resync"; message?: string; entry?: string }
export interface Ok { op: "ok"; id: string; thread?: string; message?: string; run?: string; created?: boolean }
export interface Refused {
  op: "error"; id: string | null; code: string; message: string;
  version?: number; state?: Record<string, unknown>;
}
export interface Pong { op: "pong" }
export type StreamFrame = SnapshotFrame | Subscribed | EventFrame | Delta | ProgressFrame | NoticeFrame | Resync;
export type Frame = StreamFrame | Ok | Refused | Pong;

/** "": in order. "resume": ask again from `seq`. "fresh": only a snapshot helps. */
export type Stale = "" | "resume" | "fresh";

export interface Progress { text: string; done?: number; total?: number }

export interface ThreadState {
  stream: string; seq: number; epoch: string; stale: Stale;
  thread: ThreadHead | null;
  messages: Record<string, MessageRow>;
  runs: Record<string, RunRow>;
  calls: Record<string, CallRow>;
  approvals: Record<string, ApprovalRow>;
  transcripts: Record<string, TranscriptRow>;
  /** Entries of transcripts: all of the open ones, of others those that were seen or loaded. */
  entries: Record<string, EntryRow>;
  console: Record<string, ConsoleRow>;
  older: boolean;
  /** Live only: what running tools last said. */
  progress: Record<string, Progress>;
  /** Live only: what the latest wait is for, how long it takes (s), and when it was told (ms). */
  notice: { run: string; message: string; seconds: number; at: number } | null;
  /** Streaming messages and entries whose text was dropped (`resync`) until it comes again whole. */
  lost: Record<string, true>;
}

export interface UserState {
  stream: string; seq: number; epoch: string; stale: Stale;
  threads: Record<string, ThreadRow>;
  older: boolean;
  agents: AgentRow[]; keys: KeyRow[]; account: AccountRow | null; ui: Ui; new: NewRow;
  /** Console messages: all that are not over, of the others those that ended while we looked. */
  console: Record<string, ConsoleRow>;
}

export interface Preset {
  id: string; label: string; dialect: string; base_url: string; model: string; needs_key: boolean;
}

/** The template that new chats use without a choice. */
export interface Standard { template: string; name: string }

export interface Variable {
  name: string; type: "text" | "number" | "boolean" | "choice"; default: unknown; choices?: string[]; description: string;
}

/** A template with the revision that this person gets. */
export interface TemplateRow {
  id: string; name: string; description: string; site_default: boolean; revision: string; number: number;
  instructions: string; variables: Variable[]; model: string; tools: string[];
  parameters: Record<string, unknown>; limits: Record<string, number>;
}

export interface Parameter {
  name: string; label: string; kind: "number" | "whole" | "boolean" | "choice" | "format";
  low: number; high: number; choices: string[];
}

export interface TemplateList { templates: TemplateRow[]; default: string | null; parameters: Parameter[] }

export interface Tool {
  name: string; label: string; description: string; kind: string; writes: boolean; approval: "never" | "always" | "writes"; asks: boolean;
}

export interface Bootstrap {
  version: string;
  user: { id: string; name: string; email: string; initials: string; staff: boolean };
  me: UserSnapshot;
  thread: ThreadSnapshot | null;
  missing: boolean;
  default: Standard | null;
  dialects: { id: string; label: string }[];
  presets: Preset[];
  /** What a message may begin with, after a slash; `form`: how it goes on. */
  commands: { id: string; label: string; form: string }[];
  limits: { text: number; frame: number };
}

/** GET /api/v1/transcripts/ID */
export interface WholeTranscript { transcript: TranscriptRow; entries: EntryRow[] }

/** A message on its way: shown at once, grey until the server has it. */
export interface Outgoing {
  id: string; thread: string | null; agent: string | null; text: string; again: string | null;
  created: string; state: "waiting" | "sent" | "failed"; sentence: string;
  /** The message that opens the thread this one is for, while it has none. */
  behind: string | null;
}

/** GET /api/v1/tokens */
export interface TokenRow {
  id: string; name: string; begins: string; scopes: string[];
  created: string; expires: string | null; last_used: string | null;
}
export type NewToken = TokenRow & { token: string };
export interface Scope { id: string; label: string }

/** GET /api/v1/audit. `actor` is empty for the server itself. */
export interface AuditRow {
  id: number; action: string; noun: string; object: string; details: Record<string, unknown>;
  actor: string; by_you: boolean; created: string;
}

export type LinkStatus = "connecting" | "open" | "waiting" | "ended";
export interface Link { status: LinkStatus; since: number; next: number }

/** docs/import.md */
export interface ImportSources {
  accounts: { key: string; label: string; dialect: string; base_url: string }[]; largest: number; hosted: string;
}
export interface ImportRow {
  id: string; source: "server" | "file"; key: string | null; dialect: string; name: string;
  state: "reading" | "ready" | "taking" | "done" | "failed"; code: string; message: string;
  found: number; chosen: number; done: number; failed: number;
  ignored: Record<string, number>; missing: Record<string, string>; created: string; ended: string | null;
}
export interface ImportItem {
  number: number; kind: string; remote_id: string; name: string; model: string; says: string;
  standing: "new" | "here" | "differs" | "duplicate" | "empty" | "ours"; same_as: string;
  agent: string | null; thread: string | null; unused: boolean;
  state: "found" | "chosen" | "done" | "failed"; again: "keep" | "update"; outcome: string; code: string; message: string;
}
export interface ImportReview extends ImportItem {
  raw: Record<string, any>;
  becomes: { name: string; description: string; instructions: string; model: string; tools: string[]; parameters: Record<string, unknown> } | null;
  said: { role: string; text: string }[];
  notes: { about: string; did: string; says: string }[];
  diff: string[]; changes: Record<string, unknown>; files: string[];
}

/** docs/manager.md */
export interface RemoteStatus {
  currentAssistantId: string | null; lastRefresh: string | null; refreshInterval: number; needsRefresh: boolean;
  nextRefresh: string | null; lastVerified: string | null; keepCount: number; held: number; busy: boolean;
  initialized: boolean; code: string; sentence: string; key: string; account: string; server: string; dialect: string;
}
export interface SeenAssistant {
  id: string; name: string; description: string; model: string; createdAt: number | null; purpose: string | null;
  managed: boolean; current: boolean; unused: boolean; version: number | null; agent: string | null;
  metadata: Record<string, string>; configuration?: Record<string, any>;
}
export interface Backup {
  id: string; version: number; assistantId: string; source: string; createdAt: string; current: boolean; config: Record<string, any>;
}
