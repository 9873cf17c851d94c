#!/usr/bin/env python
import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if sys.argv[1:2] == ["demo"]:
        from config.demo import options

        options.take_early(sys.argv[2:])
    from django.conf import settings
    from django.core.management import execute_from_command_line

    from config import embedded

    with embedded.running(settings.DATA_DIR, postgres=settings.EMBEDDED_POSTGRES, valkey=settings.EMBEDDED_REDIS):
        execute_from_command_line(sys.argv)
