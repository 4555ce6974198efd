"""The settings of the node for tests: as in earnest, but for cheap password hashes and a passing folder."""

import os
import tempfile

os.environ.setdefault("RISKSHED_HOME", tempfile.mkdtemp(prefix="riskshed-web-tests-"))
os.environ.setdefault("RISKSHED_AS_TEST", "yes")
os.environ.setdefault("RISKSHED_EMAIL_URL", "memory:")
os.environ.setdefault("RISKSHED_ALLOWED_HOSTS", "localhost,127.0.0.1,testserver")

from riskshed.web import settings

globals().update({name: value for name, value in vars(settings).items() if name.isupper()})

# A file, as in earnest: the intake writes in a thread of its own, and a database in memory locks otherwise.
settings.DATABASES["default"].setdefault("TEST", {"NAME": os.environ["RISKSHED_HOME"] + "/test.db"})
