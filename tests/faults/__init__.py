"""The fault harness: what may break is broken on purpose, and one checker judges what is left.

``python -m tests.faults --only 8,12 --trials 100`` (``make faults``) adds to
``docs/reliability.jsonl``, of which ``docs/reliability.md`` is made. ``lines/`` has a module for
each fault; ``test_lines.py`` runs each of them shortly.
"""
