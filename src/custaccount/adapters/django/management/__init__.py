"""What ``manage.py`` can do with the app."""
