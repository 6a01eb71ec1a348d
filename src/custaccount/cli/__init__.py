"""The command line: one group of commands behind the script, Flask's and Django's.

Needs the extra ``cli``. ``main`` is the script; the other doors are in the glue of their hosts.
"""

from custaccount.cli.script import main

__all__ = ["main"]
