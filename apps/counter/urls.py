from django.urls import path

from apps.counter.views import find, member, register

app_name = "counter"
urlpatterns = [
    path("", find.home, name="home"),
    path("find/", find.find, name="find"),
    path("store/", find.choose_store, name="store"),
    path("register/", register.register, name="register"),
    path("register/phone/", register.known_phone, name="known-phone"),
    path("members/<str:number>/", member.member, name="member"),
    path("members/<str:number>/phone/", member.reveal, name="reveal"),
]
