"""Who answers, for administrators: one module per noun."""

from agents.admin import agent, catalogue, key, manager, remote, template, tool

__all__ = ["agent", "catalogue", "key", "manager", "remote", "template", "tool"]
