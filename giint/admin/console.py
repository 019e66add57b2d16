"""Console messages in the admin: posted to anybody, by a permission of its own; what they say is
for who may read threads.
"""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts import audit
from accounts.backends import find
from accounts.looking import Looking, report
from accounts.principal import principal
from giint import engine
from giint.admin.reading import may_read
from giint.core import batch
from giint.core.errors import GiintError
from transcripts.models import ConsoleMessage

_TO = ("person", "thread", "policy", "hold", "minutes", "text")
_SHOWN = ("id", "status", "code", "source", "policy", "hold", "depth", "user", "author")
_PLACE = ("thread_id", "message_id", "run_id", "cause_id")
_TIMES = ("expires", "created", "delivered", "answered")
_WORDS = ("name", "text")


class PostForm(forms.ModelForm):  # type: ignore[type-arg]
    """What is posted, and to whom."""

    person = forms.CharField(help_text="User name or mail address.")
    thread = forms.CharField(
        required=False, help_text="Id of one of their threads; empty: where they last wrote."
    )
    minutes = forms.FloatField(
        required=False, label="Expires after", help_text="Minutes; empty: never."
    )

    class Meta:
        model = ConsoleMessage
        fields = ("policy", "hold", "text")

    def clean_person(self) -> Any:
        person = find(self.cleaned_data["person"])
        if person is None:
            raise forms.ValidationError("There is nobody of that name.")
        return person

    def post(self, request: HttpRequest) -> ConsoleMessage:
        """Post it, as whoever asks. Raises GiintError."""
        given, author = self.cleaned_data, principal(request)
        posting = engine.Posting(
            text=given["text"],
            source=ConsoleMessage.Source.ADMIN,
            name=author.get_full_name() or author.get_username(),
            author=author,
            thread=given["thread"] or None,
            policy=given["policy"],
            hold=given["hold"],
            minutes=given["minutes"],
        )
        return engine.post(user=given["person"], posting=posting).message


@admin.register(ConsoleMessage)
class ConsoleAdmin(Looking):
    list_display = ("id", "status", "user", "source", "policy", "thread_id", "created", "answered")
    list_filter = ("status", "source", "policy", ("created", admin.DateFieldListFilter))
    search_fields = ("id", "user__username", "user__email", "thread__id", "run__id")
    list_select_related = ("user",)
    actions = ("take_back",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return principal(request).has_perm("transcripts.post_console")

    def has_take_back_permission(self, request: HttpRequest) -> bool:
        return self.has_add_permission(request)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if obj is None:
            return _TO
        return (*_SHOWN, *_PLACE, *_TIMES, *(_WORDS if may_read(request) else ()))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return () if obj is None else self.get_fields(request, obj)

    def get_form(self, request: HttpRequest, obj: Any = None, *args: Any, **kwargs: Any) -> Any:
        if obj is not None:
            return super().get_form(request, obj, *args, **kwargs)

        class Form(PostForm):
            """It is posted when all else is right, so that a refusal is shown beside the form."""

            def clean(self) -> dict[str, Any]:
                given: dict[str, Any] = super().clean() or {}
                if not self.errors:
                    try:
                        self.instance = self.post(request)
                    except GiintError as error:
                        raise forms.ValidationError(error.sentence) from None
                return given

            def _post_clean(self) -> None:
                """The row is made by the engine, not from these fields."""

            def save(self, commit: bool = True) -> Any:
                return self.instance

            def save_m2m(self) -> None:
                """There is nothing of that kind."""

        return Form

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        audit.record(
            actor=principal(request),
            owner=obj.user,
            action="posted",
            noun="console message",
            object_id=obj.id,
            details={"policy": obj.policy, "thread": obj.thread_id or ""},
        )

    @admin.action(description="Take back what no agent has yet", permissions=["take_back"])
    def take_back(self, request: HttpRequest, queryset: QuerySet[ConsoleMessage]) -> None:
        actor = principal(request)

        def act(one: ConsoleMessage) -> None:
            engine.cancel(user=one.user, console=one.id)
            audit.record(
                actor=actor,
                owner=one.user,
                action="cancelled",
                noun="console message",
                object_id=one.id,
            )

        rows = queryset.select_related("user").iterator(chunk_size=batch.ROWS)
        report(self, request, batch.each(rows, act), "taken back")
