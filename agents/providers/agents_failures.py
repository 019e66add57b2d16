"""Why a turn or a session of the Agents API failed: its codes as ours. Source:
``openai.types.beta.session_turn_error`` of openai 3.52.
"""

from typing import Any

from agents.providers import failures
from agents.providers.base import Failed
from giint.core.secrets import Secret

CODES = {
    "context_length_exceeded": "upstream_rejected",
    "max_output_tokens": "upstream_incomplete",
    "session_budget_exceeded": "upstream_quota",
    "usage_limit_exceeded": "upstream_quota",
    "project_spend_limit_exceeded": "upstream_quota",
    "organization_spend_limit_exceeded": "upstream_quota",
    "organization_usage_limit_exceeded": "upstream_quota",
    "billing_not_active": "upstream_quota",
    "credit_balance_exhausted": "upstream_quota",
    "rate_limit_exceeded": "upstream_rate_limited",
    "flex_unavailable": "upstream_error",
    "server_overloaded": "upstream_error",
    "cyber_policy": "upstream_filtered",
    "misalignment_policy_violation": "upstream_filtered",
    "connection_failed": "upstream_error",
    "server_error": "upstream_error",
    # The key has opened the session: it lacks a right.
    "authentication_error": "upstream_denied",
    "invalid_request": "upstream_rejected",
    "resource_not_found": "upstream_no_model",
    "sandbox_error": "upstream_error",
    "executor_version_incompatible": "upstream_failed",
    "active_turn_not_steerable": "upstream_failed",
    "request_timeout": "upstream_error",
    "internal_error": "upstream_error",
}


def of_turn(error: Any, key: Secret) -> Failed:
    """What the error of a turn or a session means."""
    given = error if isinstance(error, dict) else {"message": error or ""}
    code = CODES.get(str(given.get("code")))
    if code is None:
        return failures.of_error(given, key)
    silent = code == "upstream_quota"  # our own sentence says it all
    return failures.failed(code, "" if silent else failures.sentence(given, key))
