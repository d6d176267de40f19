from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _

from apps.core import checks, menu


class CoreConfig(AppConfig):
    name = "apps.core"
    label = "core"
    verbose_name = _("System")

    def ready(self) -> None:
        checks.register()
        menu.register()
        autodiscover_modules("panels")  # where apps hang things on the pages of the apps below
        autodiscover_modules("demo")  # where an app says how the demo is loaded
        autodiscover_modules("subscribers")  # where apps hear of what happened
