"""The host's own pages: a front door, the inbox, and the admin for its staff."""

from django.contrib import admin
from django.urls import path
from django.views.generic import RedirectView

from django_portal.portal import inbox
from pages import frame
from wholesaler.opening import PATH

urlpatterns = [
    path("", RedirectView.as_view(url=PATH)),
    path(frame.INBOX.removeprefix("/"), inbox),
    path("admin/", admin.site.urls),
]
