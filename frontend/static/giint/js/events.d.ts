// Made by scripts/events.py from giint/core/events.py; change that file and run `make events`.

export type ConsoleStatus =
  "held" | "pending" | "delivered" | "answered" | "failed" | "expired" | "cancelled";

export type EntryKind = "agent" | "person" | "note";

export type EntryStatus = "streaming" | "complete" | "partial";

export type Hold = "" | "paused" | "stopped";

export type TranscriptStatus = "open" | "done" | "failed" | "cancelled";

export type MessageStatus = "queued" | "streaming" | "complete" | "partial";

export type RunStatus =
  "queued" | "running" | "waiting" | "completed" | "failed" | "cancelled" | "interrupted";

export type CallStatus =
  "waiting" | "ready" | "running" | "done" | "failed" | "unknown" | "cancelled";

export type Decision = "" | "approved" | "denied" | "expired" | "withdrawn";

export type Activity = "idle" | "queued" | "running" | "waiting" | "failed";

/** Something that must reach a person's agent. `name`: who posted it. `thread` is null while it waits for its person and names none; `message` is its place in the thread, `run` the turn that it set off or is told to. `code` and `sentence`: why it waits for its person, or why it was not answered. */
export interface ConsoleRow {
  id: string;
  thread: string | null;
  message: string | null;
  run: string | null;
  source: "tool" | "agent" | "shell" | "rest" | "socket" | "admin" | "queue";
  name: string;
  text: string;
  policy: "interrupt" | "steer" | "wait";
  status: ConsoleStatus;
  code: string;
  sentence: string;
  depth: number;
  expires: string | null;
  created: string;
  delivered: string | null;
  answered: string | null;
}

/** One contribution to a transcript. `name` is whose it is; `choice` what it chose of what was to choose from, empty for none; `sentence` why it is not whole. */
export interface EntryRow {
  id: string;
  transcript: string;
  number: number;
  kind: EntryKind;
  name: string;
  agent: string | null;
  run: string | null;
  model: string;
  status: EntryStatus;
  attempt: number;
  choice: string;
  code: string;
  sentence: string;
  text: string;
  reasoning: string;
  started: string;
  ended: string | null;
}

/** What a tool did beside the chat. `message` is the one that caused it, `call` the tool's, `parent` the transcript within which it was set off. `hold`: what its reader asked of it. `result`: what came of it, as its tool says it. */
export interface TranscriptRow {
  id: string;
  thread: string;
  run: string;
  message: string;
  call: string;
  parent: string | null;
  tool: string;
  title: string;
  status: TranscriptStatus;
  hold: Hold;
  result: Record<string, unknown>;
  opened: string;
  closed: string | null;
}

/** An agent as its owner sees it. `tile` is its colour, 1 to 6, fixed by its id. `warning`: a sentence where the model is gone from its server's list, or has a date on which it ends. One made from a template says which, and which `number` its revision has; `instructions` are then its own, which follow the template's. `newer`: its owner could have a newer revision, as of when this row was told. */
export interface AgentRow {
  id: string;
  name: string;
  description: string;
  instructions: string;
  model: string;
  tools: Array<string>;
  parameters: Record<string, unknown>;
  limits: Record<string, number>;
  template: string | null;
  template_name: string;
  revision: string | null;
  number: number | null;
  newer: boolean;
  variables: Record<string, unknown>;
  tile: number;
  archived: boolean;
  warning: string;
}

/** A thread on its own stream. */
export interface ThreadHead {
  id: string;
  title: string;
  agents: Array<string>;
  head: string | null;
  archived: boolean;
  created: string;
}

/** A thread in the list, on its owner's stream. */
export interface ThreadRow {
  id: string;
  title: string;
  agents: Array<string>;
  archived: boolean;
  created: string;
  activity: Activity;
  last_message_at: string;
}

/** What of a thread changed; absent is unchanged. */
export interface ThreadChanges {
  title?: string;
  agents?: Array<string>;
  archived?: boolean;
  activity?: Activity;
  last_message_at?: string;
}

/** One message. `text` and `reasoning` of a streaming one are as far as they had been written. `thumb`: what its reader thinks of an answer, 0 for nothing; `note`: their words. */
export interface MessageRow {
  id: string;
  number: number;
  parent: string | null;
  role: "user" | "assistant" | "console" | "system";
  status: MessageStatus;
  attempt: number;
  agent: string | null;
  run: string | null;
  client_id: string | null;
  model: string;
  text: string;
  reasoning: string;
  thumb: number;
  note: string;
  created: string;
}

/** Tokens as the provider counted them. */
export interface UsageRow {
  input?: number;
  output?: number;
  cached?: number;
  reasoning?: number;
}

/** One turn. `message` is what it answers; `code` and `sentence` are empty unless it ended badly. `offered`: who could be asked instead of an agent that cannot answer. */
export interface RunRow {
  id: string;
  message: string;
  agent: string | null;
  status: RunStatus;
  code: string;
  sentence: string;
  again: boolean;
  offered: string | null;
  usage: UsageRow;
  created: string;
  started: string | null;
  ended: string | null;
}

/** A file that a tool offers for download. `size`: bytes. */
export interface FileRef {
  id: string;
  name: string;
  type: string;
  size: number;
}

/** One tool call. `arguments` is the exact JSON text that the model sent. `result`: how it begins; `length`: how many characters all of it has, which REST gives. */
export interface CallRow {
  id: string;
  call_id: string;
  message: string;
  run: string;
  tool: string;
  label: string;
  status: CallStatus;
  arguments: string;
  result: string;
  length: number;
  error: string;
  files: Array<FileRef>;
  started: string;
  ended: string | null;
}

/** A tool call that waits, or waited, for a person. `call`: its row. `arguments`: exactly what it will be, or would have been, called with; `edited`: what the person made of that. `about`: what the tool does, in a line. `reason`: why it was denied. */
export interface ApprovalRow {
  id: string;
  call: string;
  message: string;
  run: string;
  tool: string;
  about: string;
  arguments: string;
  edited: string;
  decision: Decision;
  reason: string;
  created: string;
  expires: string;
  decided: string | null;
}

/** A provider key as its owner sees it; of the key itself, its last four characters. */
export interface KeyRow {
  id: string;
  label: string;
  dialect: string;
  base_url: string;
  model: string;
  last4: string;
  default: boolean;
  checked: string | null;
  check_code: string;
  check_sentence: string;
}

/** Which account answers for this person now, and why. */
export interface AccountRow {
  source: "own" | "shared" | "offline" | "none";
  label: string;
  dialect: string;
  model: string;
  key?: string;
}

/** How much came since the person last looked, by kind: transcripts and tool outputs of turns that have ended, console messages that were posted. */
export interface NewRow {
  transcripts: number;
  tool_outputs: number;
  console: number;
}

/** message.created: A message is there. `head`: the thread's head moves to it. `text`: of a message that is whole. */
export interface MessageCreated {
  message: MessageRow;
  head: boolean;
  text?: string;
}

/** message.placed: A queued message's turn has come: it now follows `parent` and is the head. */
export interface MessagePlaced {
  message: string;
  parent: string | null;
}

/** message.requeued: A message that nobody has begun to answer waits again: a console message goes before it. */
export interface MessageRequeued {
  message: string;
}

/** message.removed: A queued message was taken back by its author. */
export interface MessageRemoved {
  message: string;
}

/** message.restarted: The model is asked again: readers drop what they had of the text and refuse lower attempts. */
export interface MessageRestarted {
  message: string;
  attempt: number;
}

/** message.completed: The text is final. Checksum: CRC-32 of its UTF-8 bytes. Texts come along unless this reader had every delta. */
export interface MessageCompleted {
  message: string;
  attempt: number;
  status: "complete" | "partial";
  length: number;
  checksum: number;
  reasoning_length: number;
  model: string;
  text?: string;
  reasoning?: string;
}

/** message.feedback: What its reader thinks of an answer: 1, -1, or 0 for nothing any more. */
export interface MessageFeedback {
  message: string;
  thumb: number;
  note?: string;
}

/** thread.head_changed: The thread now shows the path that ends at `head`. */
export interface HeadChanged {
  head: string | null;
}

/** thread.updated: Title, agents or archiving changed (both streams); activity and time (owner's stream). */
export interface ThreadUpdated {
  thread: string;
  changes: ThreadChanges;
}

/** run.status: A run as it now is. */
export interface RunChanged {
  run: RunRow;
}

/** tool.started: A tool call begins. */
export interface ToolStarted {
  call: CallRow;
  arguments?: string;
}

/** tool.completed: A tool call has ended, one way or another. */
export interface ToolCompleted {
  call: string;
  status: CallStatus;
  ended: string;
  length: number;
  result?: string;
  error?: string;
  files?: Array<FileRef>;
}

/** approval.requested: A tool call waits for a person's decision. `arguments`: exactly what it would be called with. */
export interface ApprovalRequested {
  approval: ApprovalRow;
  arguments?: string;
}

/** approval.decided: It was decided, has expired, or was withdrawn. `edited`: the arguments, where the person changed them. */
export interface ApprovalDecided {
  approval: string;
  call: string;
  decision: Decision;
  decided: string;
  edited?: string;
  reason?: string;
}

/** tool.changed: A call waits, or may begin, or begins. `arguments`: as they are now. */
export interface ToolChanged {
  call: string;
  status: CallStatus;
  started: string;
  arguments?: string;
}

/** transcript.opened: A tool begins a transcript. */
export interface TranscriptOpened {
  transcript: TranscriptRow;
  title?: string;
}

/** transcript.entry: An entry as it now is. A streaming one begins, or begins again as a higher `attempt`: readers drop what they had of its text. Otherwise it is final: checksum and texts are as those of `message.completed`. */
export interface TranscriptEntered {
  entry: EntryRow;
  length: number;
  checksum: number;
  reasoning_length: number;
  text?: string;
  reasoning?: string;
}

/** transcript.held: Its reader paused it, let it go on, or asked it to stop. */
export interface TranscriptHeld {
  transcript: string;
  hold: Hold;
}

/** transcript.closed: Nothing is added to it any more. */
export interface TranscriptClosed {
  transcript: string;
  status: TranscriptStatus;
  closed: string;
  result?: Record<string, unknown>;
}

/** console.posted: A console message as it now is: it was posted, is no longer held, or has another turn. */
export interface ConsolePosted {
  console: ConsoleRow;
  text?: string;
}

/** console.delivered: A model call has it in its input, as `message`. */
export interface ConsoleDelivered {
  console: string;
  message: string;
  run: string;
  delivered: string;
}

/** console.answered: The answer to it is whole. */
export interface ConsoleAnswered {
  console: string;
  answered: string;
}

/** console.closed: It comes to nothing: its turn failed, its time was over, or it was taken back. */
export interface ConsoleClosed {
  console: string;
  status: ConsoleStatus;
  code: string;
  sentence: string;
}

/** thread.created */
export interface ThreadCreated {
  thread: ThreadRow;
}

/** thread.removed */
export interface ThreadRemoved {
  thread: string;
}

/** agent.updated: An agent is new or changed. */
export interface AgentUpdated {
  agent: AgentRow;
}

/** state.changed: The synced UI state is at `version` after `patch` (top-level keys; null removes one). */
export interface StateChanged {
  version: number;
  patch: Record<string, unknown>;
}

/** keys.changed: The person's provider keys, and which account answers now. */
export interface KeysChanged {
  keys: Array<KeyRow>;
  account: AccountRow;
}

/** new.counted: Something came, or the person has looked: so much is new now. */
export interface NewCounted {
  new: NewRow;
}

/** Every event's payload by its type. */
export interface Payloads {
  "message.created": MessageCreated;
  "message.placed": MessagePlaced;
  "message.requeued": MessageRequeued;
  "message.removed": MessageRemoved;
  "message.restarted": MessageRestarted;
  "message.completed": MessageCompleted;
  "message.feedback": MessageFeedback;
  "thread.head_changed": HeadChanged;
  "thread.updated": ThreadUpdated;
  "run.status": RunChanged;
  "tool.started": ToolStarted;
  "tool.completed": ToolCompleted;
  "approval.requested": ApprovalRequested;
  "approval.decided": ApprovalDecided;
  "tool.changed": ToolChanged;
  "transcript.opened": TranscriptOpened;
  "transcript.entry": TranscriptEntered;
  "transcript.held": TranscriptHeld;
  "transcript.closed": TranscriptClosed;
  "console.posted": ConsolePosted;
  "console.delivered": ConsoleDelivered;
  "console.answered": ConsoleAnswered;
  "console.closed": ConsoleClosed;
  "thread.created": ThreadCreated;
  "thread.removed": ThreadRemoved;
  "agent.updated": AgentUpdated;
  "state.changed": StateChanged;
  "keys.changed": KeysChanged;
  "new.counted": NewCounted;
}

export type EventType = keyof Payloads;

/** One event as the socket carries it; `type` decides what `payload` is. */
export type EventFrame = {
  [T in EventType]: { op: "event"; stream: string; seq: number; type: T; payload: Payloads[T] };
}[EventType];
