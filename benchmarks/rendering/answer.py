"""An answer of 200 KB of Markdown, cut as a model would send it; and the words a reader must see.

Always the same, so that two runs draw the same. Each block is told twice: as Markdown, and as the
text that is to be on the page, so that what is drawn is checked by something else than the client.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass

UNITS = 200_000
A_SECOND = 60
SHORTEST, LONGEST = 60, 162  # characters of a delta: 1,800 of them are half a minute
WORDS = [
    *("the", "queue", "holds", "what", "a", "worker", "has", "not", "taken", "yet", "and", "a"),
    *("lease", "says", "until", "when", "its", "claim", "stands", "so", "that", "nobody", "waits"),
    *("retries", "stay", "bounded", "while", "Größe", "naïve", "速度", "🚲"),
]
CODE = '''\
def take(queue: Queue, *, limit: int = {n}) -> list[Job]:
    """Up to ``limit`` jobs, each claimed by one conditional update."""
    taken = []
    for job in queue.oldest(limit):
        if queue.claim(job.id, runner="r{n}", until=now() + 30.0):
            taken.append(job)  # nobody else has it
    return taken

class Queue{n}(Queue):
    name = "jobs-{n}"

    def oldest(self, limit: int) -> Iterable[Job]:
        return self.rows.filter(done=False, tries__lt={n}).order_by("created")[:limit]
'''
LANGUAGES = ("python", "python", "")


@dataclass(frozen=True, slots=True)
class Block:
    markdown: str
    seen: str


def blocks() -> list[Block]:
    """Sections until they are long enough: a heading, prose, a list, code, a table, a quote."""
    chance = random.Random(1)
    made: list[Block] = []
    length = number = 0
    while length < UNITS:
        number += 1
        section = [make(chance, number) for make in MAKERS]
        length += sum(len(block.markdown) + 2 for block in section)
        made += section
    return made


def markdown() -> str:
    return "\n\n".join(block.markdown for block in blocks())


def seen() -> str:
    """What is on the page at the end, without white space."""
    return "".join("".join(block.seen.split()) for block in blocks())


def pieces() -> list[str]:
    """The deltas."""
    chance, text = random.Random(2), markdown()
    cut, at = [], 0
    while at < len(text):
        end = at + chance.randint(SHORTEST, LONGEST)
        cut.append(text[at:end])
        at = end
    return cut


def _words(chance: random.Random, count: int) -> str:
    return " ".join(chance.choices(WORDS, k=count))


def _heading(chance: random.Random, number: int) -> Block:
    title = f"{number} {_words(chance, 4)}"
    return Block(f"{'#' * (1 + number % 3)} {title}", title)


def _prose(chance: random.Random, number: int) -> Block:
    one, two, three = (_words(chance, chance.randint(20, 45)) for _ in range(3))
    link = f"[the page](https://example.org/{number})"
    marked = f"{one} **kept {number}** {two} `claim({number})` and {link} {three}."
    return Block(marked, f"{one} kept {number} {two} claim({number}) and the page {three}.")


def _list(chance: random.Random, number: int) -> Block:
    items = [_words(chance, chance.randint(8, 20)) for _ in range(4 + number % 4)]
    marked = [f"- *{number}* {item}\n  - {item[:20].strip()}" for item in items]
    return Block("\n".join(marked), "".join(f"{number} {item} {item[:20]}" for item in items))


def _code(_: random.Random, number: int) -> Block:
    code = CODE.replace("{n}", str(number)) * (1 + number % 3)
    return Block(f"```{LANGUAGES[number % len(LANGUAGES)]}\n{code}```", code)


def _table(chance: random.Random, number: int) -> Block:
    rows = [[_words(chance, 3) for _ in range(4)] for _ in range(5 + number % 6)]
    marked = ["| what | who | when | how |", "|---|:--:|--:|---|"]
    marked += [f"| {' | '.join(row)} |" for row in rows]
    return Block("\n".join(marked), "whatwhowhenhow" + "".join("".join(row) for row in rows))


def _quote(chance: random.Random, _: int) -> Block:
    said = _words(chance, 15)
    return Block(f"> {said}", said)


MAKERS: tuple[Callable[[random.Random, int], Block], ...] = (
    _heading,
    _prose,
    _list,
    _prose,
    _code,
    _prose,
    _table,
    _quote,
)
