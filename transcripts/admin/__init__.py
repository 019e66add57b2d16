"""What is left, for administrators: one module per noun."""

from transcripts.admin import file, output, transcript

__all__ = ["file", "output", "transcript"]
