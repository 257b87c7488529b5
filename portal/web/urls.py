from django.contrib.auth.views import LogoutView
from django.urls import path

from portal.web.signin import SignIn

urlpatterns = [
    path("accounts/login/", SignIn.as_view(), name="login"),
    path("accounts/logout/", LogoutView.as_view(), name="logout"),
]
