"""The forms of the plain pages: signing in and signing up."""

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, BaseUserCreationForm
from django.core.exceptions import ValidationError

from accounts.backends import LONGEST_NAME, find
from accounts.models import User
from giint.core.errors import FAILURES

WAITS = "Your sign-up waits for approval. You will get a mail when you can sign in."


class SignInForm(AuthenticationForm):
    """Name or address, password, and whether the browser may be closed without signing out."""

    username = forms.CharField(
        label="User name or email",
        max_length=LONGEST_NAME,
        widget=forms.TextInput(
            attrs={"autofocus": True, "autocomplete": "username", "autocapitalize": "none"}
        ),
    )
    stay = forms.BooleanField(label="Stay signed in on this computer", required=False)

    error_messages = {
        "invalid_login": "That name or address and that password do not belong together.",
        "inactive": "This account has been closed.",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The base class cuts it to the length of a user name; an address may be longer.
        self.fields["username"].max_length = LONGEST_NAME  # type: ignore[attr-defined]
        self.fields["username"].widget.attrs["maxlength"] = LONGEST_NAME

    def get_invalid_login_error(self) -> ValidationError:
        """People who wait for approval are told so, once they have shown the password."""
        user = find(self.cleaned_data.get("username", ""))
        password = self.cleaned_data.get("password", "")
        account = getattr(user, "account", None)
        if user and account and account.waits and user.check_password(password):
            return ValidationError(WAITS, code="waits")
        return super().get_invalid_login_error()


class LockedOutForm(SignInForm):
    """The same form after too many failures: it says so, and tries nothing."""

    def clean(self) -> dict[str, Any]:
        raise ValidationError(FAILURES["locked_out"].sentence, code="locked_out")


class SignUpForm(BaseUserCreationForm):  # type: ignore[type-arg]
    """Name, address, and a password twice."""

    class Meta:
        model = User
        fields = ("username", "email")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].required = True

    def clean_username(self) -> str:
        """A name that looks like an address could stand in the way of the address's owner."""
        name: str = self.cleaned_data["username"]
        if "@" in name:
            raise ValidationError("A user name has no @ in it.")
        if User.objects.filter(username__iexact=name).exists():
            raise ValidationError("Somebody has this name already.")
        return name

    def clean_email(self) -> str:
        email: str = User.objects.normalize_email(self.cleaned_data["email"])
        if User.objects.filter(email__iexact=email).exists():
            raise ValidationError("Somebody has signed up with this address already.")
        return email
