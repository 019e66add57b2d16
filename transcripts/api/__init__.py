"""REST of what is left: one module per noun, their addresses joined here."""

from transcripts.api import files, new, outputs, transcripts

urlpatterns = [
    *outputs.urlpatterns,
    *files.urlpatterns,
    *transcripts.urlpatterns,
    *new.urlpatterns,
]
