"""What speed costs here: GIINT beside a bare relay on the same upstream. docs/performance.md.

``make bench`` (``python -m benchmarks``) runs every row of ``goals.py`` and writes the page. The
upstream, the clients and each server are processes of their own, so that what is counted is the
server's alone.
"""
