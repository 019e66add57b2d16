"""REST of agents and what they are made of: one module per noun, their addresses joined here."""

from agents.api import agents, keys, models, remote, templates, tools

urlpatterns = [
    *agents.urlpatterns,
    *keys.urlpatterns,
    *models.urlpatterns,
    *remote.urlpatterns,
    *templates.urlpatterns,
    *tools.urlpatterns,
]
