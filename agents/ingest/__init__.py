"""Taking in what exists elsewhere: assistants, agents and prompts become agents of ours, each with
a row in the ledger that keeps the original. Threads and files are taken in further up, in
``giint.ingest``. docs/import.md.
"""
