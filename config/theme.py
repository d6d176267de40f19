"""The back office's look: the settings of the admin theme. Dotted names are called with the request."""

from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

UNFOLD = {
    "SITE_TITLE": _("Laurel"),
    "SITE_HEADER": _("Laurel"),
    "SITE_SUBHEADER": _("Back office"),
    "SITE_ICON": "apps.core.home.icon",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": "apps.core.home.icon"}],
    "SITE_URL": None,
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_LANGUAGES": True,
    "SHOW_BACK_BUTTON": True,
    "STYLES": ["apps.core.home.colours", "apps.core.home.stylesheet"],
    "SCRIPTS": ["apps.core.home.htmx_settings"],
    "COLORS": "apps.core.home.inline_colours",
    "DASHBOARD_CALLBACK": "apps.core.home.dashboard",
    "SIDEBAR": {"show_search": False, "navigation": "apps.core.menu.sidebar"},
    "ACCOUNT": {
        "navigation": [
            {"title": _("Your first page"), "link": reverse_lazy("home")},
            {"title": _("Account security"), "link": reverse_lazy("security")},
        ]
    },
}
