from django.urls import path

from chains.views import board

app_name = "chains"
urlpatterns = [path("board/", board.board, name="board")]
