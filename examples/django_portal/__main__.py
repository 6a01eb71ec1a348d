"""Serve the demo portal in Django, or check it."""

import sys

from django_portal.host import making
from serving import main

if __name__ == "__main__":
    sys.exit(main(making))
