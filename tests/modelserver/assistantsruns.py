"""A stretch of a run, event by event: from its beginning, or from the outputs it was given, to its
end or to the next calls.
"""

import json
from copy import deepcopy
from typing import Any

from tests.modelserver import assistantsobjects as made
from tests.modelserver.assistantsobjects import Row
from tests.modelserver.assistantsstore import Working
from tests.modelserver.said import Said
from tests.modelserver.script import Event

# How a reply's failure ends the run, where it is no error.
_ENDS = {"max_completion_tokens": "incomplete", "max_prompt_tokens": "incomplete"}
_ENDS |= {"expired": "expired", "cancelled": "cancelled"}
_REASONS = {"incomplete": "max_tokens", "expired": "run_expired", "cancelled": "run_cancelled"}


class Stretch:
    """``events``, and what the run is after each of them: it is so only once that is sent."""

    def __init__(self, run: Working, said: Said, outputs: dict[str, str] | None = None) -> None:
        self.events: list[Event] = []
        self._run = run
        self._states: list[Working] = []
        self._now = deepcopy(run)
        self._begin() if outputs is None else self._go_on(outputs)
        self._play(said)
        self.events.append({"event": "done", "data": "[DONE]"})
        self._states.append(self._now)

    def reached(self, number: int) -> None:
        """The event of this number is being sent: unless the run was ended from outside, it is as
        far as that.
        """
        if self._run.row["status"] not in ("cancelling", "cancelled", "expired"):
            self._run.take(self._states[min(number, len(self._states) - 1)])

    def finish(self) -> None:
        """It goes on to its end without anybody to read it."""
        self.reached(len(self._states) - 1)

    # --- what happens -----------------------------------------------------------------------------

    def _tell(self, name: str, data: Row) -> None:
        self.events.append({"event": name, "data": deepcopy(data)})
        self._states.append(deepcopy(self._now))

    def _run_is(self, status: str, **changes: Any) -> None:
        self._now.row |= {"status": status, **changes}
        self._tell(f"thread.run.{status}", self._now.row)

    def _begin(self) -> None:
        self._tell("thread.run.created", self._now.row)
        self._run_is("queued")
        self._run_is("in_progress", started_at=made.now())

    def _go_on(self, outputs: dict[str, str]) -> None:
        for call in self._now.steps[-1]["step_details"]["tool_calls"]:
            call["function"]["output"] = outputs[call["id"]]
        self._now.items += [
            {"type": "function_call_output", "call_id": id, "output": output}
            for id, output in outputs.items()
        ]
        self._step_is("completed", completed_at=made.now(), usage=made.USAGE)
        self._run_is("queued", required_action=None)
        self._run_is("in_progress")

    def _play(self, said: Said) -> None:
        for kind, given in said.ran:
            self._built_in(kind, given)
        if said.pieces:
            self._message(said)
        if said.failure:
            self._fail(*said.failure)
        elif said.calls:
            self._calls(said)
        else:
            self._run_is("completed", completed_at=made.now(), usage=made.USAGE)

    def _step(self, details: Row) -> Row:
        step = made.step(self._now.row, details)
        self._now.steps.append(step)
        for word in ("created", "in_progress"):
            self._tell(f"thread.run.step.{word}", step)
        return step

    def _step_is(self, status: str, **changes: Any) -> None:
        step = self._now.steps[-1]
        step |= {"status": status, **changes}
        self._tell(f"thread.run.step.{status}", step)

    def _message(self, said: Said) -> None:
        by = {"assistant_id": self._now.row["assistant_id"], "run_id": self._now.row["id"]}
        thread = self._now.row["thread_id"]
        begun = {"status": "in_progress", "completed_at": None, **by}
        message = made.message(thread, "assistant", [], **begun)
        creation = {"message_id": message["id"]}
        self._step({"type": "message_creation", "message_creation": creation})
        self._now.messages.append(message)
        for word in ("created", "in_progress"):
            self._tell(f"thread.message.{word}", message)
        text = ""
        for number, piece in enumerate(said.pieces):
            text += piece
            message["content"] = [made.text(text)]
            block: Row = {"value": piece} | ({} if number else {"annotations": []})
            self._delta(message, block)
        notes = [_note(text, file) for file in said.cited]
        for index, note in enumerate(notes):
            message["content"] = [made.text(text, notes[: index + 1])]
            self._delta(message, {"annotations": [{"index": index, **note}]})
        if said.failure:
            reason = _REASONS.get(_ENDS.get(said.failure[0], ""), "run_failed")
            details = {"reason": reason}
            message |= {"status": "incomplete", "incomplete_details": details}
            message["incomplete_at"] = made.now()
            self._tell("thread.message.incomplete", message)
            return
        message |= {"status": "completed", "completed_at": made.now()}
        self._now.items.append({"role": "assistant", "content": text})
        self._tell("thread.message.completed", message)
        self._step_is("completed", completed_at=made.now(), usage=made.USAGE)

    def _delta(self, message: Row, block: Row) -> None:
        content = [{"index": 0, "type": "text", "text": block}]
        data = {
            "id": message["id"],
            "object": "thread.message.delta",
            "delta": {"content": content},
        }
        self._tell("thread.message.delta", data)

    def _calls(self, said: Said) -> None:
        step = self._step({"type": "tool_calls", "tool_calls": []})
        wanted = []
        for index, (name, given) in enumerate(said.calls):
            call: Row = {"id": f"call_{said.first + index}", "type": "function"}
            arguments = json.dumps(given, ensure_ascii=False)
            head = {"name": name, "arguments": "", "output": None}
            whole = {"name": name, "arguments": arguments}
            step["step_details"]["tool_calls"].append(call | {"function": whole | {"output": None}})
            self._tool_delta(step, call | {"index": index, "function": head})
            half = len(arguments) // 2
            for piece in (arguments[:half], arguments[half:]):
                part = {"index": index, "type": "function", "function": {"arguments": piece}}
                self._tool_delta(step, part)
            wanted.append(call | {"function": whole})
        self._now.items += [
            {"type": "function_call", "call_id": call["id"], **call["function"]} for call in wanted
        ]
        action = {"type": "submit_tool_outputs", "submit_tool_outputs": {"tool_calls": wanted}}
        self._run_is("requires_action", required_action=action)

    def _built_in(self, kind: str, given: Row) -> None:
        """A tool of the server's own. ``given``: what its object holds under its type."""
        step = self._step({"type": "tool_calls", "tool_calls": []})
        call: Row = {"id": f"call_{kind}_{len(self._now.steps)}", "type": kind}
        if kind == "code_interpreter":
            self._tool_delta(step, call | {"index": 0, kind: {"input": "", "outputs": []}})
            self._tool_delta(step, {"index": 0, "type": kind, kind: {"input": given["input"]}})
            outputs = [{"index": at, **one} for at, one in enumerate(given["outputs"])]
            self._tool_delta(step, {"index": 0, "type": kind, kind: {"outputs": outputs}})
        else:
            self._tool_delta(step, call | {"index": 0, kind: {}})
        step["step_details"]["tool_calls"] = [call | {kind: given}]
        self._step_is("completed", completed_at=made.now(), usage=made.USAGE)

    def _tool_delta(self, step: Row, call: Row) -> None:
        details = {"step_details": {"type": "tool_calls", "tool_calls": [call]}}
        data = {"id": step["id"], "object": "thread.run.step.delta", "delta": details}
        self._tell("thread.run.step.delta", data)

    def _fail(self, code: str, sentence: str) -> None:
        status = _ENDS.get(code, "failed")
        error = {"code": code, "message": sentence}
        if self._now.steps and self._now.steps[-1]["status"] == "in_progress":
            ended = status if status in ("cancelled", "expired") else "failed"
            last = error if ended == "failed" and status == "failed" else None
            self._step_is(ended, last_error=last, **{f"{ended}_at": made.now()})
        changes: Row = {"usage": made.USAGE}
        if status == "failed":
            changes |= {"last_error": error, "failed_at": made.now()}
        if status == "incomplete":
            changes["incomplete_details"] = {"reason": code}
        if status == "cancelled":
            changes["cancelled_at"] = made.now()
        self._run_is(status, **changes)


def _note(text: str, file: str) -> Row:
    place = {"start_index": 0, "end_index": len(text), "text": text}
    return {"type": "file_citation", "file_citation": {"file_id": file}, **place}
