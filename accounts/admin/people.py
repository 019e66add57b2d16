"""People and groups in the admin. What changes about their rights is in the audit."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse

from accounts import audit
from accounts.looking import report
from accounts.models import Account, User
from accounts.people import approve, deactivate, rights_changed
from accounts.principal import principal
from accounts.services import open_account
from giint.core import batch

RIGHTS = {"is_active", "is_staff", "is_superuser", "groups", "user_permissions"}


class Standing(admin.SimpleListFilter):
    """Who waits for approval."""

    title = "sign-up"
    parameter_name = "signup"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("waits", "Waits for approval"), ("approved", "Signed up and approved")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        match self.value():
            case "waits":
                return queryset.filter(
                    account__applied__isnull=False, account__approved__isnull=True
                )
            case "approved":
                return queryset.filter(account__approved__isnull=False)
        return queryset


class AccountInline(admin.StackedInline):  # type: ignore[type-arg]
    model = Account
    can_delete = False
    readonly_fields = ("id", "applied", "approved", "access_version")
    fields = readonly_fields

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(User)
class PeopleAdmin(UserAdmin):  # type: ignore[type-arg]
    list_display = ("username", "email", "first_name", "is_active", "is_staff", "signup", "threads")
    list_filter = (Standing, "is_active", "is_staff", "is_superuser", "groups")
    search_fields = ("username", "email", "first_name", "last_name", "account__id")
    inlines = (AccountInline,)
    actions = ("approve_signups", "shut_out")
    list_select_related = ("account",)

    @admin.display(description="sign-up")
    def signup(self, user: User) -> str:
        account = getattr(user, "account", None)
        if account is None or account.applied is None:
            return ""
        return "waits for approval" if account.waits else "approved"

    @admin.display(description="threads")
    def threads(self, user: Any) -> int:
        count: int = user.n_threads
        return count

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """The number of threads beside each person, in the same query: once for a page of them."""
        people: QuerySet[User] = super().get_queryset(request)
        threads = User._meta.get_field("threads").related_model
        counted = (
            threads._default_manager.filter(owner=OuterRef("pk"))  # type: ignore[union-attr]
            .order_by()
            .values("owner")
            .annotate(n=Count("pk"))
            .values("n")
        )
        return people.annotate(n_threads=Coalesce(Subquery(counted), 0))

    @admin.action(description="Approve sign-ups", permissions=["change"])
    def approve_signups(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        actor = principal(request)
        outcome = batch.each(
            queryset.iterator(chunk_size=batch.ROWS),
            lambda user: approve(user=user, actor=actor),
            name=User.get_username,
        )
        report(self, request, outcome, "approved")

    @admin.action(description="Deactivate, and close what they have open", permissions=["change"])
    def shut_out(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        actor = principal(request)
        outcome = batch.each(
            queryset.exclude(pk=actor.pk).iterator(chunk_size=batch.ROWS),
            lambda user: deactivate(user=user, actor=actor),
            name=User.get_username,
        )
        report(self, request, outcome, "deactivated")

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """A change of rights by hand counts like any other."""
        actor = principal(request)
        with transaction.atomic():
            super().save_related(request, form, formsets, change)
            user: User = form.instance
            changed = RIGHTS & set(form.changed_data)
            if not change:
                open_account(user=user)
            elif "is_active" in changed and user.is_active and approve(user=user, actor=actor):
                changed -= {"is_active"}  # who was waiting is let in by that
            if changed:
                rights_changed(user=user, actor=actor, details=_rights(user, changed))

    def user_change_password(
        self, request: HttpRequest, id: str, form_url: str = ""
    ) -> HttpResponse:
        response = super().user_change_password(request, id, form_url)
        if request.method == "POST" and response.status_code == 302:
            user = self.get_object(request, unquote(id))
            audit.record(actor=principal(request), owner=user, action="changed", noun="password")
        return response


def _rights(user: User, changed: set[str]) -> dict[str, Any]:
    """What those rights are now, by their names."""
    now: dict[str, Any] = {name: getattr(user, name) for name in changed if name.startswith("is_")}
    if "groups" in changed:
        now["groups"] = sorted(user.groups.values_list("name", flat=True))
    if "user_permissions" in changed:
        now["permissions"] = sorted(user.user_permissions.values_list("codename", flat=True))
    return now


admin.site.unregister(Group)


@admin.register(Group)
class GroupsAdmin(GroupAdmin):
    """Django's own, with its changes in the audit and how many people they concern."""

    list_display = ("name", "people")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Group]:
        return super().get_queryset(request).annotate(n_people=Count("user"))

    @admin.display(ordering="n_people")
    def people(self, group: Any) -> int:
        count: int = group.n_people
        return count

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        with transaction.atomic():
            super().save_related(request, form, formsets, change)
            group: Group = form.instance
            names = sorted(group.permissions.values_list("codename", flat=True))
            self._audit(request, group, "changed" if change else "made", permissions=names)

    def delete_model(self, request: HttpRequest, obj: Group) -> None:
        with transaction.atomic():
            self._audit(request, obj, "deleted")
            super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Group]) -> None:
        with transaction.atomic():
            for group in queryset:
                self._audit(request, group, "deleted")
            super().delete_queryset(request, queryset)

    def _audit(self, request: HttpRequest, group: Group, action: str, **details: Any) -> None:
        audit.record(
            actor=principal(request),
            owner=None,
            action=action,
            noun="group",
            object_id=group.pk,
            details={"name": group.name, **details},
        )
