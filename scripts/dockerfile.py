"""Reads the Dockerfile: its stages and their instructions, as far as this project uses the format.

Source: the Dockerfile reference (docs.docker.com); shell form and JSON form of RUN and CMD.
"""

import json
import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path

KNOWN = {"FROM", "WORKDIR", "COPY", "RUN", "ENV", "USER", "VOLUME", "EXPOSE", "HEALTHCHECK", "CMD"}


@dataclass(frozen=True, slots=True)
class Step:
    """One instruction. ``options`` are its ``--name=value``, ``text`` is the rest."""

    name: str
    text: str
    options: dict[str, str]

    @property
    def words(self) -> list[str]:
        """The rest as words, in JSON form or as a shell would split it."""
        if self.text.startswith("["):
            words: list[str] = json.loads(self.text)
            return words
        return shlex.split(self.text)


@dataclass(frozen=True, slots=True)
class Stage:
    base: str
    name: str
    steps: list[Step] = field(default_factory=list)

    def variables(self) -> dict[str, str]:
        """What ENV sets."""
        pairs = (word.partition("=") for step in self.of("ENV") for word in step.words)
        return {name: value for name, _, value in pairs}

    def of(self, name: str) -> list[Step]:
        return [step for step in self.steps if step.name == name]


def read(path: Path) -> list[Stage]:
    """The stages in their order. Raises ValueError for an instruction that is not known here."""
    text = re.sub(r"\\\n\s*", " ", path.read_text("utf-8"))
    stages: list[Stage] = []
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        step = _step(line)
        if step.name == "FROM":
            base, _, name = step.text.partition(" AS ")
            stages.append(Stage(base, name.strip() or "image"))
        else:
            stages[-1].steps.append(step)
    return stages


def _step(line: str) -> Step:
    name, _, text = line.strip().partition(" ")
    if name not in KNOWN:
        raise ValueError(f"scripts/dockerfile.py does not know {name}")
    options = {}
    while match := re.match(r"--([a-z-]+)=(\S+)\s+", text):
        options[match[1]] = match[2]
        text = text[match.end() :]
    return Step(name, text.strip(), options)
