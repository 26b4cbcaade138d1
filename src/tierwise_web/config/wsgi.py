"""What a server of Python applications calls."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

from tierwise_web.config.environment import data_folder, make_key
from tierwise_web.config.static import publish_static
from tierwise_web.config.turns import in_turn

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tierwise_web.config.settings")
DATA = data_folder(os.environ)
make_key(DATA)  # before the settings are read
publish_static(DATA)
application = in_turn(get_wsgi_application())
