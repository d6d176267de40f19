"""The back office's look: the settings of the admin theme. Dotted names are called with the request."""

from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

# Laurel green, from pale to deep; the same hue as static/css/tokens.css.
GREEN = {
    "50": "oklch(97.6% .014 160)",
    "100": "oklch(94.5% .030 160)",
    "200": "oklch(89% .055 159)",
    "300": "oklch(81.5% .088 158)",
    "400": "oklch(75% .118 157)",
    "500": "oklch(70% .125 157)",
    "600": "oklch(47% .098 158)",
    "700": "oklch(41% .086 159)",
    "800": "oklch(35.5% .071 160)",
    "900": "oklch(31% .057 161)",
    "950": "oklch(21% .040 163)",
}

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
    "STYLES": ["apps.core.home.stylesheet"],
    "COLORS": {"primary": GREEN},
    "DASHBOARD_CALLBACK": "apps.core.home.dashboard",
    "SIDEBAR": {"show_search": False, "navigation": "apps.core.menu.sidebar"},
    "ACCOUNT": {
        "navigation": [
            {"title": _("Your first page"), "link": reverse_lazy("home")},
            {"title": _("Account security"), "link": reverse_lazy("security")},
        ]
    },
}
