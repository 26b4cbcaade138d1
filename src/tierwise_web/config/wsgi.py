"""What a server of Python applications calls."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tierwise_web.config.settings")
application = get_wsgi_application()
