"""Every address of the portal, one line for each room's interface."""

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from portal.runtime import probes

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("portal.web.urls")),
    path("", include("provisioning.pages.urls")),
    path("", include("supervision.pages.urls")),
    path("admin/", admin.site.urls),
    # ApiMiddleware takes the slash away from whoever sends one.
    path("api/v2/", include("provisioning.api.urls")),
    path("api/v2/", include("telephony.api.urls")),
    path("api/v2/", include("notifications.api.urls")),
    path("api/v2/", include("supervision.api.v2_urls")),
    path("api/v1/", include("supervision.api.urls")),
    path("api/schema", SpectacularAPIView.as_view(), name="api-schema"),
    path("api/docs", SpectacularSwaggerView.as_view(url_name="api-schema"), name="api-docs"),
    path("healthz", probes.healthz, name="healthz"),
    path("readyz", probes.readyz, name="readyz"),
    path("metrics", probes.metrics, name="metrics"),
    path("favicon.ico", RedirectView.as_view(url=f"{settings.STATIC_URL}img/favicon.svg")),
]

handler400 = "portal.api.errors.bad_request"
handler403 = "portal.api.errors.permission_denied"
handler404 = "portal.api.errors.page_not_found"
handler500 = "portal.api.errors.server_error"
