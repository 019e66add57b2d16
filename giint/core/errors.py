"""Every failure a person can meet: a code, a sentence, and whether trying again helps.

Sentences say what happened, what was kept, and what to do. They are data, so that the socket, REST,
the stored run and the page all say the same.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Failure:
    """One row of the table: the sentence for people, the HTTP status, and whether trying again
    helps.
    """

    sentence: str
    status: int = 400
    again: bool = False

    @property
    def happened(self) -> str:
        """The first part of the sentence: what happened, without what to do about it."""
        return self.sentence.partition(". ")[0].rstrip(".") + "."


FAILURES: dict[str, Failure] = {
    # what was asked for
    "not_found": Failure("There is no such thing here, or it is not yours.", 404),
    "bad_frame": Failure("That frame is not a JSON object with a known op."),
    "bad_field": Failure("A field of that request is missing or of the wrong type."),
    "frame_too_large": Failure(
        "That frame is larger than this server takes. Send less at once.", 413
    ),
    "too_fast": Failure(
        "Too many requests in a short time. Wait a moment and send again.", 429, again=True
    ),
    "blank": Failure("A message needs some text."),
    "text_too_long": Failure(
        "That message is longer than this server takes. Send it in parts.", 413
    ),
    "client_id_reused": Failure(
        "That message id was used before with another text. Send it under a new id.", 409
    ),
    "bad_position": Failure("A position in a stream is a whole number from 0 up."),
    "not_queued": Failure("That message is no longer waiting; its answer has begun.", 409),
    "already_decided": Failure("That was decided already, or is no longer asked.", 409),
    "bad_arguments": Failure(
        "Those arguments do not fit the tool, so it was not called. Mend them and approve again."
    ),
    "not_pending": Failure(
        "That console message has been given to an agent already, or is over.", 409
    ),
    "not_held": Failure("That console message waits for nobody.", 409),
    "console_full": Failure(
        "Too many console messages are waiting. Let some be delivered, or cancel them, first.",
        429,
        again=True,
    ),
    "person_gone": Failure("That person's account is not active. Nothing reaches them.", 409),
    "not_running": Failure("Nothing is running there to stop.", 409),
    "state_conflict": Failure(
        "Another tab changed this first. The newer state was sent; try again.", 409, again=True
    ),
    "state_key": Failure("That piece of state is not declared."),
    "signed_out": Failure("You are signed out here. Sign in again to go on.", 401),
    "token_refused": Failure(
        "That token does not open this: it is unknown, has ended, was withdrawn, or may not do "
        "this. Make another one in Settings.",
        401,
    ),
    "sign_in_refused": Failure(
        "That name or address and that password do not belong together.", 401
    ),
    "locked_out": Failure(
        "Too many failed attempts with this name. Wait 15 minutes, then try again.",
        429,
    ),
    "forbidden": Failure("You may not do that here.", 403),
    "bad_method": Failure("That address does not take this kind of request.", 405),
    "body_too_large": Failure(
        "That request is larger than this server takes. Send less at once.", 413
    ),
    "bad_media": Failure("Send JSON, and say so: Content-Type: application/json.", 415),
    "bad_upload": Failure(
        "Send the file as a form, and say so: Content-Type: multipart/form-data.", 415
    ),
    "file_too_large": Failure("That file is larger than this server takes.", 413),
    "file_gone": Failure("The content of this file is not on this server any more.", 410),
    "limit_reached": Failure("There are as many of those as there may be. Remove one first.", 409),
    "signup_closed": Failure("Sign-up is closed here. Ask whoever runs this server.", 403),
    "archived": Failure("This thread is archived. Bring it back before you write in it.", 409),
    "thread_busy": Failure(
        "An answer is under way in this thread. Stop it or wait for it first.", 409, again=True
    ),
    "queue_full": Failure(
        "Too many messages are waiting in this thread. Let some be answered first.", 429, again=True
    ),
    # who can answer
    "no_account": Failure("No model server is set up for you. Add a key in Settings.", 409),
    "no_model": Failure(
        "No model is chosen. Set one on the agent or on your key in Settings.", 409
    ),
    "remote_gone": Failure(
        "The server does not know that object; it was deleted there, or belongs to another "
        "account. Nothing of yours is lost: what was taken in stays here.",
        404,
    ),
    "remote_unfindable": Failure(
        "Whether this was made is not known, and its server cannot list objects of this kind. What "
        "may remain there was made empty and holds nothing of yours.",
        409,
    ),
    "remote_left": Failure(
        "This stays at its server: the key it was made with is gone or belongs to another server "
        "now. Delete it there by hand.",
        409,
    ),
    "assistants_gone": Failure(
        "That server has no Assistants API: OpenAI's own ended on 2026-08-26, and gives nothing "
        "back. Take in what you saved as JSON, by manage.py assistants ingest FILE or on the page "
        "that imports, and let another dialect answer.",
        502,
    ),
    "remote_not_ours": Failure(
        "This was read, not made, by this server: it is for whoever made it to delete.", 409
    ),
    "remote_in_use": Failure(
        "An answer under way is using this. It is deleted when that ends.", 409, again=True
    ),
    "keeps_nothing": Failure(
        "That account keeps nothing at its server, so there is nothing to manage there.", 409
    ),
    "remote_unlisted": Failure("That server cannot list objects of this kind.", 409),
    "manage_refused": Failure(
        "Managing assistants at a provider needs a permission that you do not have. Ask whoever "
        "runs this server for “Can manage remote assistants”.",
        403,
    ),
    "manager_unneeded": Failure(
        "This account needs no assistant manager: its server keeps nothing of yours. Choose a key "
        "that speaks assistants or agents.",
        409,
    ),
    "manager_busy": Failure(
        "The manager is at work on this account. Wait a moment, then ask again.", 409, again=True
    ),
    "no_backup": Failure(
        "This account has no such backup. List the backups and choose one of them.", 404
    ),
    "not_managed": Failure(
        "The manager here did not make that one, so it neither changes nor deletes it. Do that "
        "where it was made, or import it and go on with the copy.",
        409,
    ),
    "no_remote_account": Failure(
        "None of your keys is for a server that keeps assistants or agents. Add one in Settings, "
        "or take them in from a JSON file that you saved.",
        409,
    ),
    "dump_too_large": Failure(
        "That file is larger than this server takes in at once. Cut it into several, such as one "
        "object on each line, or ask the operator for a larger GIINT_IMPORT_SIZE.",
        413,
    ),
    "dump_truncated": Failure(
        "That file ends in the middle of an object, so nothing of it was taken. Save it again."
    ),
    "dump_broken": Failure(
        "That is not JSON, so nothing of it was taken. Save the objects as JSON, a list of them, "
        "or one on each line."
    ),
    "dump_empty": Failure(
        "There is nothing in it that can be taken in: no assistant, agent, prompt or thread."
    ),
    "import_busy": Failure(
        "This import is being worked on. Wait until it has ended.", 409, again=True
    ),
    "import_unchosen": Failure("Choose something to take in first.", 409),
    "model_gone": Failure(
        "The model is gone from the list of its server. Choose another one, or read the list "
        "again if it is back.",
        409,
    ),
    "builtin_refused": Failure(
        "The model server cannot run a tool that this agent has. Untick the tool, or choose "
        "another account.",
        409,
    ),
    "no_agent": Failure("This thread has no agent that can answer. Choose one.", 409),
    "unknown_dialect": Failure("That dialect is not one this server speaks.", 400),
    "key_unreadable": Failure(
        "This key cannot be opened any more: the field key it was sealed with is gone. "
        "Enter it again.",
        409,
    ),
    "address_refused": Failure(
        "That address is private or malformed. The operator can admit it in GIINT_PRIVATE_HOSTS.",
        400,
    ),
    # what upstream did
    "upstream_unreachable": Failure(
        "The model server could not be reached. Check its address, then ask again.", 502, again=True
    ),
    "upstream_refused_key": Failure(
        "The model server refused the key. Replace it in Settings.", 502
    ),
    "upstream_denied": Failure(
        "The model server does not let this key do that. Ask whoever owns the account.", 502
    ),
    "upstream_no_model": Failure(
        "The model server does not know that model. Choose another one.", 502
    ),
    "upstream_rate_limited": Failure(
        "The model server is limiting this account. Wait a little, then ask again.", 502, again=True
    ),
    "upstream_quota": Failure(
        "The account at the model server has no credit left. Top it up, then ask again.", 502
    ),
    "upstream_rejected": Failure("The model server rejected the request.", 502),
    "upstream_error": Failure(
        "The model server failed. What was said is kept. Ask again.", 502, again=True
    ),
    "upstream_cut": Failure(
        "The model server's answer broke off. What was said is kept. Ask again.", 502, again=True
    ),
    "upstream_malformed": Failure(
        "The model server sent something that is not its protocol. What was said is kept.",
        502,
        again=True,
    ),
    "upstream_incomplete": Failure(
        "The model ended its answer early. What was said is kept.", 502, again=True
    ),
    "upstream_filtered": Failure("The model server's content filter ended this answer.", 502),
    "upstream_failed": Failure(
        "The model server reported that this answer failed.", 502, again=True
    ),
    # clocks and guards
    "deadline_first": Failure(
        "The model server did not begin to answer in time. Ask again.", 504, again=True
    ),
    "deadline_idle": Failure(
        "The model server went silent. What was said is kept. Ask again.", 504, again=True
    ),
    "deadline_total": Failure(
        "This answer took longer than it may. What was said is kept.", 504, again=True
    ),
    "guard_steps": Failure(
        "The agent used up its model calls for one answer. What it did is kept.", 409, again=True
    ),
    "guard_tool_calls": Failure(
        "The agent used up its tool calls for one answer. What it did is kept.", 409, again=True
    ),
    "guard_identical": Failure(
        "The agent kept making the same tool call. It was stopped.", 409, again=True
    ),
    "guard_tokens": Failure(
        "The agent used up its tokens for one answer. What it did is kept.", 409, again=True
    ),
    "guard_bytes": Failure(
        "The answer grew larger than an answer may be. What was said is kept.", 409
    ),
    # what people and this server did
    "stopped": Failure("You stopped this answer. What was said is kept.", 409, again=True),
    "interrupted": Failure(
        "A newer message interrupted this answer. What was said is kept.", 409, again=True
    ),
    # why a console message waits for its person, or was not answered
    "console_hold": Failure("It waits until its person is there, as whoever posted it asked."),
    "console_rate": Failure(
        "So many came from the same source that this one waits. Write a message, or let it go on."
    ),
    "console_deep": Failure(
        "Console messages have caused one another, so this one waits. Write a message, or let it "
        "go on."
    ),
    "console_expired": Failure("Its time was over before it could be delivered."),
    "console_cancelled": Failure("It was taken back before it was delivered."),
    "attempts": Failure(
        "The server stopped too often during this answer. What was said is kept. Ask again.",
        500,
        again=True,
    ),
    "guard_children": Failure(
        "The agents that were asked used up their model calls for one answer. What they said is "
        "kept.",
        409,
        again=True,
    ),
    "too_deep": Failure(
        "Agents that were asked by agents that were asked may not ask others in turn.", 409
    ),
    "bad_command": Failure("That command could not be read."),
    "tool_failed": Failure("What you asked for could not be done.", 409, again=True),
    "deadline_tool": Failure("The tool took longer than it may. What was said is kept.", 504),
    "transcript_closed": Failure("This transcript is closed; nothing is added to it.", 409),
    "right_lost": Failure("The account this answer was for lost the right to it.", 403),
    "internal": Failure(
        "Something went wrong on this server. What was said is kept. Ask again.", 500, again=True
    ),
    # keys
    "key_unused": Failure("This key has not been tried yet."),
}


class GiintError(Exception):
    """A failure with a code of ``FAILURES``. ``detail`` adds what is particular, never a secret."""

    def __init__(self, code: str, detail: str = "") -> None:
        self.code = code
        self.detail = detail
        super().__init__(f"{code}: {self.sentence}")

    @property
    def sentence(self) -> str:
        sentence = FAILURES[self.code].sentence
        return f"{sentence} ({self.detail})" if self.detail else sentence

    @property
    def status(self) -> int:
        return FAILURES[self.code].status

    @property
    def again(self) -> bool:
        return FAILURES[self.code].again


class BadField(GiintError):
    """Fields that cannot be taken: name → a sentence about it, never a secret value."""

    def __init__(self, **fields: str) -> None:
        self.fields = fields
        super().__init__("bad_field", "; ".join(f"{name}: {why}" for name, why in fields.items()))


class NotFound(GiintError):
    """The object is not there or is somebody else's: the same answer for both."""

    def __init__(self) -> None:
        super().__init__("not_found")
