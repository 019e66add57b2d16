from django.apps import AppConfig


class GiintConfig(AppConfig):
    name = "giint"
    default_auto_field = "django.db.models.BigAutoField"
