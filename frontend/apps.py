"""What people see: the templates and the web client. It imports nothing of ours; it speaks HTTP
and websocket.
"""

from django.apps import AppConfig


class FrontendConfig(AppConfig):
    name = "frontend"
