"""The life of remote objects: an intent before each is made, a row for each that is there, its
deletion when nobody wants it, and the sweep, which finds what a crash or a lost answer left behind.
docs/remote.md.
"""
