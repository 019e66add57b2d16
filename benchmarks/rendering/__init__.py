"""How well the page keeps up with a long answer: frames dropped, seconds blocked. Real Chromium.

``answer.py`` is what upstream says, ``watch.js`` counts inside the page, ``__main__.py`` opens it.
"""
