"""Django's pages as a WSGI application, for `asgi` and for tests."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "riskshed.web.settings")

application = get_wsgi_application()
