"""Pages for what went wrong: what happened, and where to go on."""

from __future__ import annotations

import sys
from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import get_template

from tierwise.book.room import says_full
from tierwise.kernel.errors import TierwiseError
from tierwise.kernel.text import Text

AGAIN_SECONDS = 10
SAID = {
    400: Text("This request cannot be understood.", "无法识别此请求。"),
    403: Text("Your roles do not allow this.", "您的角色无权执行此操作。"),
    404: Text("There is nothing here, or nothing that you may see.", "此处没有内容，或您无权查看。"),
    500: Text("Something broke. It has been logged.", "系统出错，已记录日志。"),
    503: Text(
        "The database cannot be reached at the moment. Try again shortly.", "暂时无法连接数据库，请稍后再试。"
    ),
}
FULL = Text(
    "The disk of the server is full: nothing was changed. Whoever runs it has to free some space.",
    "服务器磁盘已满，未作任何更改，请联系管理员腾出空间。",
)


def page(request: HttpRequest, status: int, said: Text | None = None) -> HttpResponse:
    """The page of a status, with a sentence of its own where there is one."""
    words = {"status": status, "said": said or SAID[status]}
    return render(request, "common/mistake.html", words, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400. Without a page of its own: what is wrong may be the very host name."""
    return HttpResponse(
        f"{SAID[400].en} {SAID[400].zh}\n", status=400, content_type="text/plain; charset=utf-8"
    )


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403."""
    return page(request, 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404."""
    return page(request, 404)


def broken(request: HttpRequest, *_: Any) -> HttpResponse:
    """500 in plain words, because a page would ask the database, which may be what broke; 503 where it is away or
    where the disk is full."""
    error = sys.exc_info()[1]
    if error is not None and says_full(error):
        return away(FULL)
    if isinstance(error, OperationalError | InterfaceError):
        return away()
    if isinstance(error, TierwiseError):
        said = [f"{problem.say('en')}\n{problem.say('zh')}\n" for problem in error.problems]
        return HttpResponse("".join(said), status=500, content_type="text/plain; charset=utf-8")
    text = f"{SAID[500].en} {SAID[500].zh}\n"
    return HttpResponse(text, status=500, content_type="text/plain; charset=utf-8")


def away(said: Text = SAID[503]) -> HttpResponse:
    """503: a page in both languages that knows nobody and asks again by itself."""
    page = get_template("common/away.html").render({"said": said, "seconds": AGAIN_SECONDS})
    return HttpResponse(page, status=503, headers={"Retry-After": str(AGAIN_SECONDS)})
