"""Serve the demo portal in Flask, or check it."""

import sys

from flask_portal.host import making
from serving import main

if __name__ == "__main__":
    sys.exit(main(making))
