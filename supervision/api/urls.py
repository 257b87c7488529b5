from django.urls import URLPattern, path

from supervision.api.definitions import DefinitionsView
from supervision.api.explain import ExplainView
from supervision.api.exports import DownloadView, ExportsView, ExportView
from supervision.api.views import StatisticsView, StatisticView

urlpatterns: list[URLPattern] = [
    path("exports", ExportsView.as_view(), name="api-exports"),
    path("exports/<str:object_id>", ExportView.as_view(), name="api-export"),
    path("exports/<str:object_id>/download", DownloadView.as_view(), name="api-export-file"),
    path("stats/definitions", DefinitionsView.as_view(), name="api-statistics-definitions"),
    path("stats/<str:object_id>", StatisticsView.as_view(), name="api-statistics"),
    path("stats/<str:object_id>/<str:name>", StatisticView.as_view(), name="api-statistic"),
    path(
        "stats/<str:object_id>/<str:name>/explain",
        ExplainView.as_view(),
        name="api-statistic-explained",
    ),
]
