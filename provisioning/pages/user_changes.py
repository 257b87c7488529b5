from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.generic import TemplateView

from portal.api.status import ApiError
from portal.web.access import may_open
from portal.web.forms import ServiceFormPage
from portal.web.pages import Crumb
from provisioning.change import Change
from provisioning.pages.user_filters import visible_skills
from provisioning.pages.user_forms import EditUserForm, UserForm
from provisioning.pages.users import USER_WRITERS, UserDetail, UserPage
from provisioning.services import devices, skills, users


@method_decorator(never_cache, name="dispatch")
class NewUser(ServiceFormPage):
    grants = USER_WRITERS
    title = _("New user")
    form_class = UserForm
    template_name = "provisioning/users/form.html"
    submit_label = _("Create user")

    def crumbs(self) -> list[Crumb]:
        return [Crumb(_("Users"), reverse("users"))]

    def cancel_url(self) -> str:
        return reverse("users")

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "skills": visible_skills(self.request)}

    def save(self, form: UserForm) -> None:
        values = dict(form.cleaned_data)
        phone_number = values.pop("phone_number")
        user = users.create_user(
            change=Change(actor=self.user, origin="page"),
            contact_center=self.user.contact_center,
            skills=form.skills.levels(),  # type: ignore[attr-defined]
            phone_number=phone_number or None,
            **values,
        )
        self.saved_message = translate("%(name)s has been created.") % {"name": user.full_name}


@method_decorator(never_cache, name="dispatch")
class EditUser(UserPage, ServiceFormPage):
    grants = USER_WRITERS
    form_class = EditUserForm
    template_name = "provisioning/users/form.html"
    submit_label = _("Save changes")

    def cancel_url(self) -> str:
        return reverse("users")

    def get_form_kwargs(self) -> dict[str, Any]:
        # The values shown first come from the user.
        kwargs = {**super().get_form_kwargs(), "user": self.person}
        del kwargs["initial"]
        return {**kwargs, "skills": visible_skills(self.request)}

    @transaction.atomic
    def save(self, form: EditUserForm) -> None:
        """All of it or nothing, as one request in the change log."""
        change = self.change()
        values = dict(form.cleaned_data)
        phone_number, released = values.pop("phone_number"), values.pop("release_devices")
        values["password"] = values["password"] or None
        users.update_user(change=change, user=self.person, **values)
        self._save_skills(change, form)
        for device in released:
            devices.unassign_device(change=change, device=device)
        if phone_number:
            devices.create_own_device(change=change, user=self.person, phone_number=phone_number)
        self.saved_message = translate("Changes to %(name)s have been saved.") % {
            "name": f"{values['first_name']} {values['last_name']}"
        }

    def _save_skills(self, change: Change, form: EditUserForm) -> None:
        wanted = {row["skill_id"]: row["level"] for row in form.skills.levels()}  # type: ignore[attr-defined]
        held = {str(one.skill_id): one for one in self.person.user_skills.all()}
        by_id = {str(skill.pk): skill for skill in visible_skills(self.request)}
        for skill_id in sorted(held.keys() | wanted.keys()):
            if skill_id not in wanted:
                skills.unassign_skill(change=change, user_skill=held[skill_id])
            elif skill_id not in held or held[skill_id].level != wanted[skill_id]:
                skills.assign_skill(
                    change=change,
                    user=self.person,
                    skill=by_id[skill_id],
                    level=wanted[skill_id],
                )


class SetEnabled(UserPage):
    """Disable or enable a user; a disabled one is signed out and cannot sign in."""

    grants = USER_WRITERS
    http_method_names = ["post"]

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        enabled = request.POST.get("enabled") == "true"
        if self.is_oneself and not enabled:
            messages.error(request, translate("You cannot disable yourself."))
        else:
            self._set_enabled(enabled=enabled)
        return redirect("user", pk=self.person.pk)

    def _set_enabled(self, *, enabled: bool) -> None:
        try:
            users.update_user(change=self.change(), user=self.person, enabled=enabled)
        except ApiError as refusal:
            messages.error(self.request, refusal.message)
            return
        text = (
            translate("%(name)s can sign in again.")
            if enabled
            else translate("%(name)s is disabled and signed out.")
        )
        messages.success(self.request, text % {"name": self.person.full_name})


class DeleteUser(UserPage, TemplateView):
    grants = USER_WRITERS
    template_name = "provisioning/users/delete.html"

    def get_title(self) -> str:
        return translate("Delete %(name)s") % {"name": self.person.full_name}

    def crumbs(self) -> list[Crumb]:
        return [
            *super().crumbs(),
            Crumb(self.person.full_name, reverse("user", kwargs={"pk": self.person.pk})),
        ]

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        try:
            users.delete_user(change=self.change(), user=self.person)
        except ApiError as refusal:
            messages.error(request, refusal.message)
            return redirect("user", pk=self.person.pk)
        messages.success(
            request, translate("%(name)s has been deleted.") % {"name": self.person.full_name}
        )
        return redirect("users")


def user_page(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
    """The form for those who may change users, else what they may read."""
    can_edit = request.user.is_authenticated and may_open(request.user, USER_WRITERS)
    page = EditUser if can_edit or request.method == "POST" else UserDetail
    return page.as_view()(request, **kwargs)
