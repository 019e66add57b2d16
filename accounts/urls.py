"""The plain pages under ``/accounts/``."""

from collections.abc import Callable

from django.contrib.auth import views as auth
from django.http import HttpResponseBase
from django.urls import path
from django.views.generic import TemplateView

from accounts import views


def _page(name: str) -> Callable[..., HttpResponseBase]:
    return TemplateView.as_view(template_name=f"accounts/{name}.html")


urlpatterns = [
    path("sign-in/", views.SignIn.as_view(), name="sign-in"),
    path("sign-out/", auth.LogoutView.as_view(), name="sign-out"),
    path("sign-up/", views.SignUp.as_view(), name="sign-up"),
    path("sign-up/done/", _page("sign_up_done"), name="sign-up-done"),
    path("password/change/", views.PasswordChange.as_view(), name="password-change"),
    path(
        "password/change/done/",
        auth.PasswordChangeDoneView.as_view(template_name="accounts/password_change_done.html"),
        name="password-change-done",
    ),
    path("password/reset/", views.PasswordReset.as_view(), name="password-reset"),
    path("password/reset/done/", _page("password_reset_done"), name="password-reset-done"),
    path(
        "password/reset/<uidb64>/<token>/",
        views.PasswordResetConfirm.as_view(),
        name="password-reset-confirm",
    ),
    path(
        "password/reset/complete/",
        _page("password_reset_complete"),
        name="password-reset-complete",
    ),
]
