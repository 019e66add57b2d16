"""The tool ``user_role``: what the person is allowed here."""

from typing import Any

from agents.tools.base import ToolContext, tool

LONGEST = 200  # permissions named; a superuser has hundreds


@tool(retry="safe", timeout=15)
def user_role(context: ToolContext) -> dict[str, Any]:
    """The roles of the user who is asking: their groups and permissions on this server."""
    user = context.user
    permissions = [] if user.is_superuser else sorted(user.get_all_permissions())
    return {
        "user": user.get_username(),
        "is_active": user.is_active,
        "is_staff": user.is_staff,
        "is_superuser": user.is_superuser,
        "groups": list(user.groups.order_by("name").values_list("name", flat=True)),
        "permissions": "all" if user.is_superuser else permissions[:LONGEST],
        "permissions_total": "all" if user.is_superuser else len(permissions),
    }
