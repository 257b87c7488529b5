"""The form of a user: the person, roles, skills with levels, phone numbers."""

import re
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from portal.api.roles import Role
from portal.web.forms import ServiceForm
from portal.web.role_labels import ROLE_LABELS
from provisioning.models import Device, Skill, User
from provisioning.models.skill import MAX_SKILL_LEVEL
from provisioning.services.fields import SkillLevel


class SkillForm(forms.Form):
    """One row: a skill and its level; a row without a skill is no row."""

    skill = forms.ModelChoiceField(
        queryset=Skill.objects.none(), label=_("Skill"), required=False, empty_label=_("No skill")
    )
    level = forms.TypedChoiceField(
        label=_("Level"),
        choices=[(level, level) for level in range(MAX_SKILL_LEVEL + 1)],
        coerce=int,
        required=False,
        empty_value="0",
        initial=0,
    )

    def __init__(self, *args: Any, skills: QuerySet[Skill], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["skill"].queryset = skills  # type: ignore[attr-defined]


class BaseSkillFormSet(forms.BaseFormSet[SkillForm]):
    def clean(self) -> None:
        seen = set()
        for row in self.forms:
            skill = row.cleaned_data.get("skill") if row.is_valid() else None
            if skill is not None and skill in seen:
                row.add_error("skill", _("This skill is listed twice."))
            seen.add(skill)

    def levels(self) -> list[SkillLevel]:
        rows = [row.cleaned_data for row in self.forms if row.cleaned_data.get("skill")]
        return [{"skill_id": str(row["skill"].pk), "level": int(row["level"])} for row in rows]


SkillFormSet = forms.formset_factory(SkillForm, formset=BaseSkillFormSet, extra=0, max_num=500)


class UserForm(ServiceForm):
    refusal_phrases = (
        (re.compile(r"^user .* already exists", re.IGNORECASE), "user_name"),
        (re.compile(r"phone number", re.IGNORECASE), "phone_number"),
        (re.compile(r"^password\b", re.IGNORECASE), "password"),
    )

    first_name = forms.CharField(label=_("First name"), max_length=255)
    last_name = forms.CharField(label=_("Last name"), max_length=255)
    user_name = forms.EmailField(
        label=_("User name"),
        max_length=254,
        help_text=_("An e-mail address. It signs the user in and cannot be changed later."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    email_address = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        required=False,
        help_text=_("The user name, if left empty."),
    )
    employee_id = forms.CharField(label=_("Employee ID"), max_length=64, required=False)
    roles = forms.MultipleChoiceField(
        label=_("Roles"),
        choices=list(ROLE_LABELS.items()),
        widget=forms.CheckboxSelectMultiple,
        initial=[Role.AGENT.value],
        error_messages={"required": _("Choose at least one role.")},
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=255,
        # What was typed stays after an error; the page is never cached.
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}, render_value=True),
    )
    change_password_on_first_login = forms.BooleanField(
        label=_("Must change the password at first sign-in"), required=False
    )
    phone_number = forms.CharField(
        label=_("Phone number"),
        max_length=32,
        required=False,
        help_text=_("Creates a phone for the user, for example 5001 or +1 508 555 0100."),
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )

    def __init__(
        self, data: Any = None, *, skills: QuerySet[Skill], initial: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(data, initial=initial, **kwargs)
        self.fields["password"].help_text = ngettext_lazy(
            "At least %(count)d character.",
            "At least %(count)d characters.",
            settings.PASSWORD_MIN_LENGTH,
        ) % {"count": settings.PASSWORD_MIN_LENGTH}
        self.skills = SkillFormSet(
            data,
            prefix="skills",
            initial=(initial or {}).get("skills", []),
            form_kwargs={"skills": skills},
        )
        if data is None:
            self.skills.extra = max(1, len(self.skills.initial or ()))

    def clean_password(self) -> str:
        """Checked here too, so that all that is wrong is told at once."""
        password: str = self.cleaned_data["password"]
        if password:
            validate_password(password)
        return password

    def focus_first_error(self) -> None:
        super().focus_first_error()
        if not self.errors:
            wrong = next(row for row in self.skills.forms if row.errors)
            wrong.fields[next(iter(wrong.errors))].widget.attrs["autofocus"] = True

    def is_valid(self) -> bool:
        return super().is_valid() & self.skills.is_valid()


class EditUserForm(UserForm):
    """The user name stays; a password is only set where one is typed."""

    release_devices = forms.ModelMultipleChoiceField(
        label=_("Devices to take away"),
        queryset=Device.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, data: Any = None, *, user: User, **kwargs: Any) -> None:
        held = user.user_skills.select_related("skill").order_by("skill__name")
        initial = {
            "first_name": user.first_name,
            "last_name": user.last_name,
            "email_address": user.email_address,
            "employee_id": user.employee_id,
            "roles": user.roles,
            "change_password_on_first_login": user.change_password_on_first_login,
            "skills": [{"skill": one.skill_id, "level": one.level} for one in held],
        }
        super().__init__(data, initial=initial, **kwargs)
        del self.fields["user_name"]
        self.fields["password"].required = False
        self.fields["password"].label = _("New password")
        self.fields["phone_number"].label = _("Add a phone number")
        self.fields["release_devices"].queryset = user.devices.select_related(  # type: ignore[attr-defined]
            "phone_number"
        ).order_by("phone_number__digits")
