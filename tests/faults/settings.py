"""The harness's settings, and what a fault needs beyond them; FAULTS_* say which (``app.py``)."""

import os

from tests.harness.settings import *  # noqa: F403
from tests.harness.settings import DATABASES, GIINT_JOBS, GIINT_PROVIDERS, INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.faults.app.Faults"]
GIINT_PROVIDERS = GIINT_PROVIDERS | {"offline": ("Faulty", "tests.faults.model.Faulty")}
if os.environ.get("FAULTS_JOBS") == "none":
    GIINT_JOBS = {}
if os.environ.get("FAULTS_SQLITE") == "plain":  # a control: Django's own defaults
    DATABASES["default"]["OPTIONS"] = {}
