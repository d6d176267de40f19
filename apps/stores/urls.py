from django.contrib.auth.decorators import login_not_required
from django.urls import path
from django.views.generic import RedirectView
from django.views.i18n import set_language

from apps.stores import views

urlpatterns = [
    path("", views.home, name="home"),
    path("sign-in/", views.SignIn.as_view(), name="sign-in"),
    path("sign-in/code/", views.SignInCode.as_view(), name="sign-in-code"),
    path("security/", views.Security.as_view(), name="security"),
    path("security/second-factor/", views.Enrol.as_view(), name="second-factor"),
    path("security/recovery-codes/", views.RecoveryCodes.as_view(), name="recovery-codes"),
    path("security/end-sessions/", views.end_sessions, name="end-sessions"),
    path("security/confirm/", views.Confirm.as_view(), name="confirm"),
    path("sign-out/", views.SignOut.as_view(), name="sign-out"),
    path("password/", views.PasswordChange.as_view(), name="password-change"),
    path("no-place/", views.no_place, name="no-place"),
    path("language/", login_not_required(set_language), name="set_language"),
    # The theme's own sign-in pages are never shown: ours stand before them.
    path("admin/login/", views.back_office_door),
    path("admin/logout/", views.SignOut.as_view()),
    path("admin/password_change/", RedirectView.as_view(pattern_name="password-change")),
]
