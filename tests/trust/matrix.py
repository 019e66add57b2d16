"""The access matrix: a row for every address. A route without one fails the build.

``HERS``: the address names something of a person's: for anybody else it is not there. ``OWN``: it
gives to each person what is theirs. ``OPEN``: for everybody, with nothing of anybody's.
"""

from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["hers", "own", "open"]
VERBS = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"]


@dataclass(frozen=True)
class Row:
    """``bodies``: what a verb is sent, so that nothing but the owner is wrong with it. ``query``
    and ``bodies`` may name what is hers in braces.
    """

    kind: Kind
    query: str = ""
    bodies: dict[str, Any] = field(default_factory=dict)
    unsafe: bool = False  # what it does on purpose needs no sign-in: only reading is tried


def hers(query: str = "", **bodies: Any) -> Row:
    return Row("hers", query, bodies)


KEY = {"label": "Mine now", "base_url": "https://api.example.org/v1"}
# An id here is one at the provider, of the asker's own account there.
MANAGER: dict[str, dict[str, Any]] = {
    "initialize": {"POST": {}},
    "current": {},
    "refresh": {"POST": {}},
    "list": {},
    "details/<str:assistant>": {},
    "update/<str:assistant>": {"PUT": {"updates": {"name": "x"}}},
    "delete/<str:assistant>": {},
    "cleanup": {"POST": {"keepCount": 1}},
    "status": {},
    "refresh-interval": {"PUT": {"intervalMs": 0}},
    "backups": {},
    "restore/<str:version>": {"POST": {}},
}
REST: dict[str, Row] = {
    "api/v1/bootstrap": Row("own", "thread={thread}"),
    "api/v1/threads": Row("own", "agent={agent}&q=alone"),
    "api/v1/threads/<str:thread>": hers(PATCH={"title": "x", "archived": True, "agents": []}),
    "api/v1/threads/<str:thread>/messages": hers("before={message}"),
    "api/v1/threads/<str:thread>/stop": hers(),
    "api/v1/threads/<str:thread>/interrupt": hers(),
    "api/v1/runs/<str:run>": hers(),
    "api/v1/messages/<str:message>/feedback": hers(PUT={"thumb": -1, "note": "x"}),
    "api/v1/approvals": Row("own"),
    "api/v1/approvals/<str:approval>": hers(POST={"decision": "deny", "reason": "x"}),
    "api/v1/console": Row("own", "source=rest", {"POST": {"text": "x", "thread": "{thread}"}}),
    "api/v1/console/<str:console>": hers(),
    "api/v1/console/<str:console>/release": hers(),
    "api/v1/imports": Row("own", bodies={"POST": {"key": "{key}"}}),
    "api/v1/imports/sources": Row("own"),
    "api/v1/imports/use": Row("own", bodies={"POST": {"id": "asst_1"}}),
    "api/v1/imports/<str:import_id>": hers(),
    "api/v1/imports/<str:import_id>/items": hers(),
    "api/v1/imports/<str:import_id>/items/<int:number>": hers(PATCH={"again": "update"}),
    "api/v1/imports/<str:import_id>/confirm": hers(POST={"items": [1]}),
    "api/v1/quality": Row("own"),
    "api/v1/quality.csv": Row("own"),
    "api/v1/keys": Row("own", bodies={"POST": KEY}),
    "api/v1/keys/<str:key>": hers(PATCH={"label": "x"}),
    "api/v1/keys/<str:key>/test": hers(),
    "api/v1/state": Row("own", bodies={"PATCH": {"version": 0, "patch": {"theme": "dark"}}}),
    "api/v1/auth/token": Row("open"),
    "api/v1/auth/token/refresh": Row("open"),
    "api/v1/auth/token/revoke": Row("open"),
    "api/v1/tokens": Row("own", bodies={"POST": {"name": "x", "scopes": ["read"]}}),
    "api/v1/tokens/<str:token>": hers(),
    "api/v1/audit": Row("own", "others=true"),
    "api/v1/agents": Row("own", "q=alone", {"POST": {"name": "Mine"}}),
    "api/v1/agents/<str:agent>": hers(PATCH={"name": "x"}),
    "api/v1/agents/<str:agent>/copy": hers(POST={"name": "x"}),
    "api/v1/agents/<str:agent>/move": hers(POST={}),
    "api/v1/models": Row("own"),
    "api/v1/models/sync": Row("own", bodies={"POST": {"key": "{key}"}}),
    "api/v1/models/syncs": Row("own"),
    "api/v1/templates": Row("own"),
    "api/v1/templates/default": Row("own", bodies={"PUT": {"template": None}}),
    "api/v1/templates/<str:template>": hers(),
    "api/v1/remote": Row("own", "key={key}"),
    "api/v1/remote/sweep": Row("own"),
    "api/v1/remote/<str:remote>": hers(),
    "api/v1/tools": Row("own"),
    "api/v1/tool-outputs": Row("own"),
    "api/v1/tool-outputs/<str:output>": hers(),
    "api/v1/files": Row("own"),
    "api/v1/files/<str:file>": hers(),
    "api/v1/files/<str:file>/content": hers(),
    **{
        f"api/openai-assistant/{path}": Row("own", bodies=bodies)
        for path, bodies in MANAGER.items()
    },
    "api/v1/polls": Row("own", bodies={"POST": {"question": "x", "thread": "{thread}"}}),
    "api/v1/duos": Row("own", bodies={"POST": {"task": "x", "thread": "{thread}"}}),
    "api/v1/new": Row("own"),
    "api/v1/new/looked": Row("own", bodies={"POST": {"kinds": ["transcripts"]}}),
    "api/v1/transcripts": Row("own", "q=alone"),
    "api/v1/transcripts/<str:transcript>": hers(),
    "api/v1/transcripts/<str:transcript>/export": hers("as=json"),
    "api/v1/transcripts/<str:transcript>/entries": hers(POST={"text": "x"}),
    "api/v1/transcripts/<str:transcript>/hold": hers(PUT={"hold": "stopped"}),
    "api/<path:rest>": Row("open"),
    "api/schema": Row("open"),
    "api/docs": Row("open"),
    "api/redoc": Row("open"),
}
PAGES: dict[str, Row] = {
    "": Row("own"),
    "t/<str:thread>": Row("own"),
    "agents": Row("own"),
    "agents/<str:part>": Row("own"),
    "agents/new/<str:part>": Row("own"),
    "imports": Row("own"),
    "imports/<str:part>": Row("own"),
    "remote": Row("own"),
    "transcripts": Row("own"),
    "transcripts/<str:transcript>": Row("own"),
    "settings": Row("own"),
    "healthz": Row("open"),
    "readyz": Row("open"),
    "accounts/sign-in/": Row("open"),
    "accounts/sign-out/": Row("open", unsafe=True),
    "accounts/sign-up/": Row("open"),
    "accounts/sign-up/done/": Row("open"),
    "accounts/password/change/": Row("own"),
    "accounts/password/change/done/": Row("own"),
    "accounts/password/reset/": Row("open"),
    "accounts/password/reset/done/": Row("open"),
    "accounts/password/reset/<uidb64>/<token>/": Row("open"),
    "accounts/password/reset/complete/": Row("open"),
}
# Pages of the admin that are about no noun.
ADMIN: set[str] = {
    "admin/",
    "admin/quality/",
    "admin/autocomplete/",
    "admin/jsi18n/",
    "admin/login/",
    "admin/logout/",
    "admin/password_change/",
    "admin/password_change/done/",
    "admin/r/<path:content_type_id>/<path:object_id>/",
    "admin/(?P<url>.*)$",
}
# Nouns of the admin, and what the addresses below each may be.
NOUNS: set[str] = {
    *("accounts.apitoken", "accounts.auditentry", "accounts.providerkey", "accounts.user"),
    *("agents.import",),
    *("agents.agent", "agents.cataloguesync", "agents.languagemodel", "agents.remoteassistant"),
    *("agents.assistantmanager", "agents.assistantversion"),
    *("agents.template", "agents.tool", "auth.group"),
    *("axes.accessattempt", "axes.accessfailurelog", "axes.accesslog"),
    *(
        "giint.approval",
        "giint.feedback",
        "giint.giintthread",
        "giint.run",
        "giint.runner",
        "giint.step",
    ),
    *("journal.stream", "transcripts.file", "transcripts.tooloutput"),
    *("transcripts.consolemessage", "transcripts.transcript"),
}
BELOW: set[str] = {
    "",
    "add/",
    "<path:object_id>/",
    "<path:object_id>/change/",
    "<path:object_id>/delete/",
    "<path:object_id>/history/",
    "<id>/password/",
    "<int:pk>/check/",
    "<str:template>/revisions/<int:number>/",
    "<str:thread>/read/",
    "open/",
    "<str:import_id>/items/",
    "<str:import_id>/review/",
}
# Socket operations → the frame that reaches for something of hers, and what answers.
SOCKET: dict[str, dict[str, Any]] = {
    "subscribe": {"stream": "thread:{thread}", "after": None, "epoch": None},
    "unsubscribe": {"stream": "thread:{thread}"},
    "send": {"id": "m1", "thread": "{thread}", "text": "hello"},
    "stop": {"thread": "{thread}"},
    "approve": {"call": "{approval}", "decision": "approve"},
    "console": {"id": "m2", "thread": "{thread}", "text": "hello"},
    "dequeue": {"message": "{message}"},
    "state": {"version": 1, "patch": {"agent": None}},
    "ack": {"bytes": 0},
    "ping": {},
}
