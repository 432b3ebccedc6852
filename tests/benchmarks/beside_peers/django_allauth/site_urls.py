"""The one thing that the site serves."""

from django.urls import include, path  # pyright: ignore[reportMissingImports]

urlpatterns = [path("_allauth/", include("allauth.headless.urls"))]
