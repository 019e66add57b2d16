"""What happens, for administrators: one module per noun, and the page that reads a thread."""

from giint.admin import approval, console, feedback, imports, journal, run, thread

__all__ = ["approval", "console", "feedback", "imports", "journal", "run", "thread"]
