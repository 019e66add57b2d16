"""What is changed in a server or worker under test, by variables, before it does anything.

FAULTS_PATIENCE, FAULTS_DEAD: seconds, where the product waits 30 and 10. FAULTS_SKEW: seconds by
which this process's clock is wrong. FAULTS_OFF: guards that are off, with commas (``off.py``).
FAULTS_DIES: where it ends itself (``dies.py``).
"""

import os
from datetime import UTC, datetime, timedelta

from django.apps import AppConfig


class Faults(AppConfig):
    name = "tests.faults"
    label = "faults"

    def ready(self) -> None:
        from giint.engine import follower, statements
        from tests.faults import dies, off

        if patience := os.environ.get("FAULTS_PATIENCE"):
            follower.PATIENCE = float(patience)
        if dead := os.environ.get("FAULTS_DEAD"):
            statements.DEAD = timedelta(seconds=float(dead))
        if skew := os.environ.get("FAULTS_SKEW"):
            import time_machine

            wrong = datetime.now(UTC) + timedelta(seconds=float(skew))
            time_machine.travel(wrong, tick=True).start()
        for name in filter(None, os.environ.get("FAULTS_OFF", "").split(",")):
            off.GUARDS[name]()
        if place := os.environ.get("FAULTS_DIES"):
            dies.arrange(place)
