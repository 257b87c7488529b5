from django.urls import URLPattern, path

from supervision.api.views import StatisticsView, StatisticView

urlpatterns: list[URLPattern] = [
    path("stats/<str:object_id>", StatisticsView.as_view(), name="api-statistics"),
    path("stats/<str:object_id>/<str:name>", StatisticView.as_view(), name="api-statistic"),
]
