"""The model catalogue: which accounts there are, reading their lists, what follows from them.
docs/catalogue.md.
"""
