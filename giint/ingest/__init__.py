"""Imports from their opening to their result: what was found at a server or in a dump, what each
thing becomes, and taking in the chosen ones with their files and threads. docs/import.md.
"""
