"""The server's settings with a model and tools that make trouble."""

from giint.settings import *  # noqa: F403
from giint.settings import GIINT_PROVIDERS, GIINT_TOOLS, INSTALLED_APPS

# Its app is for runserver alone, and takes a third of the time that a server needs to start.
INSTALLED_APPS = [name for name in INSTALLED_APPS if name != "daphne"]

GIINT_PROVIDERS = GIINT_PROVIDERS | {"offline": ("Babbler", "tests.harness.model.Babbler")}
GIINT_TOOLS = GIINT_TOOLS | {
    "slow": ("Slow", "tests.harness.tools.slow"),
    "mark": ("Mark", "tests.harness.tools.mark"),
    "sign": ("Sign", "tests.harness.tools.sign"),
    "odd": ("Odd", "tests.harness.tools.odd"),
    "probe": ("Probe", "tests.harness.tools.probe"),
}
