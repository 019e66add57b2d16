"""The addresses of the one page."""

from django.urls import path

from frontend import views

urlpatterns = [
    path("", views.app, name="home"),
    path("t/<str:thread>", views.app, name="thread"),
    path("agents", views.app, name="agents"),
    path("agents/<str:part>", views.app),
    path("agents/new/<str:part>", views.app),
    path("imports", views.app, name="imports"),
    path("imports/<str:part>", views.app),
    path("remote", views.app, name="remote"),
    path("transcripts", views.app),
    path("transcripts/<str:transcript>", views.app, name="transcript"),
    path("settings", views.app, name="settings"),
]
