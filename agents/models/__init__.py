"""Who answers. Everything about an agent is a row of ours; whatever a provider needs is made when
it wakes.
"""

from agents.models.agent import Agent
from agents.models.catalogue import CatalogueEntry, CatalogueSync, LanguageModel
from agents.models.ingest import Import, ImportItem
from agents.models.manager import AssistantManager, AssistantVersion
from agents.models.remote import Installation, RemoteAssistant
from agents.models.template import Template, TemplateRevision
from agents.models.tool import Tool

__all__ = [
    "Agent",
    "AssistantManager",
    "AssistantVersion",
    "CatalogueEntry",
    "CatalogueSync",
    "Import",
    "ImportItem",
    "Installation",
    "LanguageModel",
    "RemoteAssistant",
    "Template",
    "TemplateRevision",
    "Tool",
]
