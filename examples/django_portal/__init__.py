"""A customer portal in Django: the pages of ``examples/pages`` beside a shop of hardly any.

``settings`` shows what a host sets, ``shop`` builds the accounts, ``portal`` makes the middleware;
``urls`` are the host's own pages and ``portal_urls`` the portals'.
"""
