"""Every address of the node, in one file. Each view names the action that it is for (`access`)."""

from __future__ import annotations

from django.urls import include, path

from riskshed.web import frame

urlpatterns = [
    path("choose/", frame.choose, name="choose"),
    path("accounts/", include("allauth.urls")),
]
