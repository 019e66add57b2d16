"""The plain pages: in, out, sign-up and passwords. The client has their templates."""

from typing import Any

from axes.utils import reset as reset_failures
from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth import views as auth
from django.contrib.auth.forms import AuthenticationForm, PasswordResetForm, SetPasswordForm
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.generic import FormView

from accounts.forms import LockedOutForm, SignInForm, SignUpForm
from accounts.people import sign_up
from accounts.problems import refused
from giint.core.errors import BadField, GiintError
from giint.core.secrets import Secret

BACKEND = "accounts.backends.NameOrEmail"


class SignIn(auth.LoginView):
    template_name = "accounts/sign_in.html"
    form_class = SignInForm
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        kwargs["signup_open"] = settings.GIINT_SIGNUP != "closed"
        return super().get_context_data(**kwargs)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        response = super().form_valid(form)
        # None: as long as SESSION_COOKIE_AGE says; 0: until the browser is closed.
        self.request.session.set_expiry(None if form.cleaned_data["stay"] else 0)
        return response


class SignUp(FormView):  # type: ignore[type-arg]
    """Sign-up as ``GIINT_SIGNUP`` has it; where it is closed the page says whom to ask."""

    template_name = "accounts/sign_up.html"
    form_class = SignUpForm

    @method_decorator(sensitive_post_parameters())
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated:
            return redirect(settings.LOGIN_REDIRECT_URL)
        if settings.GIINT_SIGNUP == "closed" and request.method == "POST":
            return render(request, self.template_name, self.get_context_data(), status=403)
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        kwargs |= {
            "signup_open": settings.GIINT_SIGNUP != "closed",
            "contact": settings.DEFAULT_FROM_EMAIL,
        }
        return super().get_context_data(**kwargs)

    @method_decorator(sensitive_variables())
    def form_valid(self, form: SignUpForm) -> HttpResponse:
        fields = form.cleaned_data
        try:
            user = sign_up(
                username=fields["username"],
                email=fields["email"],
                password=Secret(fields["password1"]),
            )
        except BadField as error:
            form.add_error(None, "; ".join(error.fields.values()))
            return self.form_invalid(form)
        if not user.is_active:
            return redirect("sign-up-done")
        login(self.request, user, backend=BACKEND)
        self.request.session.set_expiry(0)
        return redirect(settings.LOGIN_REDIRECT_URL)


class PasswordChange(auth.PasswordChangeView):
    template_name = "accounts/password_change.html"
    success_url = reverse_lazy("password-change-done")


class PasswordReset(auth.PasswordResetView):
    template_name = "accounts/password_reset.html"
    email_template_name = "accounts/mail/password_reset.txt"
    subject_template_name = "accounts/mail/password_reset_subject.txt"
    success_url = reverse_lazy("password-reset-done")

    def form_valid(self, form: PasswordResetForm) -> HttpResponse:
        # Not from the Host header, which whoever asks can choose.
        self.extra_email_context = {"address": settings.GIINT_ORIGINS[0]}
        return super().form_valid(form)


class PasswordResetConfirm(auth.PasswordResetConfirmView):
    template_name = "accounts/password_reset_confirm.html"
    success_url = reverse_lazy("password-reset-complete")

    def form_valid(self, form: SetPasswordForm) -> HttpResponse:  # type: ignore[type-arg]
        response = super().form_valid(form)
        reset_failures(username=form.user.get_username())  # who owns the mailbox is not locked out
        return response


def locked_out(
    request: HttpRequest, response: HttpResponse | None, credentials: dict[str, Any] | None
) -> HttpResponse:
    """What a person sees after too many failures, on every way in."""
    error = GiintError("locked_out")
    asks_json = "application/json" in request.headers.get("Accept", "")
    if asks_json or request.path_info.startswith("/api/"):
        return refused(error)
    context = {
        "form": LockedOutForm(request, data=request.POST),
        "signup_open": settings.GIINT_SIGNUP != "closed",
    }
    return render(request, "accounts/sign_in.html", context, status=error.status)
