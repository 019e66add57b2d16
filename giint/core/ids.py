"""Ids that are shown outside: a prefix that says what it is, and 96 random bits. An id is never a
permission.
"""

import secrets


def new_id(prefix: str) -> str:
    """A fresh id such as ``run_9f2c…``: prefix, underscore, 24 hexadecimal digits."""
    return f"{prefix}_{secrets.token_hex(12)}"


# Migrations need importable names for defaults, so each noun has its own.
def user_id() -> str:
    return new_id("user")


def key_id() -> str:
    return new_id("key")


def agent_id() -> str:
    return new_id("agent")


def thread_id() -> str:
    return new_id("thread")


def message_id() -> str:
    return new_id("msg")


def run_id() -> str:
    return new_id("run")


def step_id() -> str:
    return new_id("step")


def runner_id() -> str:
    return new_id("runner")


def output_id() -> str:
    return new_id("out")


def approval_id() -> str:
    return new_id("appr")


def console_id() -> str:
    return new_id("console")


def epoch() -> str:
    """One life of a stream: a restored backup or a recreated stream has another."""
    return secrets.token_hex(6)


def model_id() -> str:
    return new_id("model")


def template_id() -> str:
    return new_id("tmpl")


def revision_id() -> str:
    return new_id("rev")


def remote_id() -> str:
    return new_id("remote")


def file_id() -> str:
    return new_id("file")


def token_id() -> str:
    return new_id("token")


def installation_id() -> str:
    return new_id("giint")


def manager_id() -> str:
    return new_id("manager")


def version_id() -> str:
    return new_id("version")


def import_id() -> str:
    return new_id("import")


def transcript_id() -> str:
    return new_id("trans")


def entry_id() -> str:
    return new_id("entry")
