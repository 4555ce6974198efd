"""Every address of the node, in one file. Each view names the action that it is for (`access`)."""

from __future__ import annotations

from django.urls import include, path

from riskshed.web import frame
from riskshed.web.pages import record_files

urlpatterns = [
    path("choose/", frame.choose, name="choose"),
    path("accounts/", include("allauth.urls")),
    path("checkpoint", record_files.checkpoint, name="checkpoint"),
    path("tile/<path:path>", record_files.tile, name="tile"),
    path("files/<str:digest>", record_files.kept_file, name="kept-file"),
]
