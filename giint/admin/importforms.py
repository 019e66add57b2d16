"""The forms of the import wizard in the admin."""

import io
import json
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms

from accounts.models import ProviderKey, User
from agents.ingest.mapping import draft_of
from agents.models import Import, ImportItem
from giint.ingest.opening import open_dump, open_server

TEXTS = ("name", "description", "instructions", "model")


class OpenForm(forms.Form):
    """One of: an account (and ids there), a file, a pasted text."""

    account = forms.ChoiceField(required=False, help_text="Your keys whose servers keep something.")
    ids = forms.CharField(
        required=False,
        widget=forms.Textarea({"rows": 2, "cols": 60}),
        help_text="Ids of assistants, agents, threads or sessions there; empty: all that it lists.",
    )
    file = forms.FileField(
        required=False, help_text="JSON: assistants, lists of them, JSON lines, threads, messages."
    )
    text = forms.CharField(
        required=False,
        strip=False,
        widget=forms.Textarea({"rows": 6, "cols": 90}),
        help_text="The same, pasted: a hosted prompt, for example.",
    )

    def __init__(self, *args: Any, keys: Iterable[ProviderKey], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(key.id, f"{key.label} ({key.dialect}, {key.base_url})") for key in keys]
        self.fields["account"].choices = [("", "–"), *choices]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        given = [name for name in ("account", "file", "text") if cleaned.get(name)]
        if len(given) != 1 and not self.errors:
            raise forms.ValidationError("Choose one: an account, a file, or a pasted text.")
        return cleaned

    def opened(self, user: User) -> Import:
        """What was asked for. Raises what opening raises."""
        if key := self.cleaned_data["account"]:
            return open_server(user=user, key=key, ids=self.cleaned_data["ids"].split())
        if file := self.cleaned_data["file"]:
            return open_dump(user=user, name=file.name or "", source=file)
        source = io.BytesIO(self.cleaned_data["text"].encode())
        return open_dump(user=user, name="Pasted", source=source)


def chosen_numbers(given: Iterable[str]) -> list[int]:
    """The numbers among them."""
    return [int(one) for one in given if one.isascii() and one.isdigit() and len(one) < 10]


def wanted_changes(post: Mapping[str, str], item: ImportItem) -> dict[str, Any]:
    """What was typed over the original; what was left as it was is no change."""
    draft = draft_of(item.kind, item.remote_id, item.raw)
    changes = {}
    for name in TEXTS:
        typed = post.get(f"{name}-{item.number}")
        if typed is not None and _plain(typed) != _plain(getattr(draft, name)):
            changes[name] = typed
    return changes


def _plain(text: str) -> str:
    """A browser sends other line ends than it was given."""
    return text.replace("\r\n", "\n").strip()


def as_json(value: Any) -> str:
    """An original as it is shown."""
    return json.dumps(value, indent=1, ensure_ascii=False)
