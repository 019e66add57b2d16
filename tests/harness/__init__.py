"""The proofs of the live path: real servers, clients that judge, and a checker that compares.

``python -m tests.harness.drops`` and ``python -m tests.harness.kills`` are the long versions of
what ``tests/live`` runs shortly.
"""
