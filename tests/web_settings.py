"""The settings of the node for tests: as in earnest, but for cheap password hashes and a passing folder.

With `TEST_DATABASE=postgres` tables and logs lie in a PostgreSQL server, which ends with the tests.
"""

import os
import tempfile

os.environ.setdefault("RISKSHED_HOME", tempfile.mkdtemp(prefix="riskshed-web-tests-"))
os.environ.setdefault("RISKSHED_AS_TEST", "yes")
os.environ.setdefault("RISKSHED_EMAIL_URL", "memory:")
os.environ.setdefault("RISKSHED_ALLOWED_HOSTS", "localhost,127.0.0.1,testserver")

import dj_database_url
import postgres_server

from riskshed.web import settings

globals().update({name: value for name, value in vars(settings).items() if name.isupper()})

# A file, as in earnest: the intake writes in a thread of its own, and a database in memory locks otherwise.
if postgres_server.is_asked_for():
    settings.DATABASES["default"] = dj_database_url.parse(
        postgres_server.of_session().get_uri(), conn_max_age=60, conn_health_checks=True
    )
else:
    settings.DATABASES["default"].setdefault("TEST", {"NAME": os.environ["RISKSHED_HOME"] + "/test.db"})
