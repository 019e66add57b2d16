"""A model server on loopback that speaks Responses, chat completions, Assistants and Agents, for
tests and for trying things by hand.

``python -m tests.modelserver --port 8099`` starts it; ``docs/providers.md`` says how to talk to
it.
"""
