"""Storage in Django: an app with tables, migrations, a read-only admin and system checks.

Put ``custaccount.adapters.django`` into ``INSTALLED_APPS``. Tables can be named only once Django
has its apps, so import the storage from ``custaccount.adapters.django.storage``.
"""
