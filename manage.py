#!/usr/bin/env python
"""GIINT's commands: `python manage.py help`."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "giint.settings")
    try:
        from django.conf import settings
        from django.core.exceptions import ImproperlyConfigured
        from django.core.management import execute_from_command_line
    except ImportError:
        sys.exit("Django is not installed here. Run `make setup`, then .venv/bin/python manage.py.")
    try:
        settings.SECRET_KEY  # noqa: B018 - reads the settings, so that what is wrong shows here
    except ImproperlyConfigured as error:
        sys.exit(f"GIINT cannot start. {error}")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
