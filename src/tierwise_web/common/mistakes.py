"""Pages for what went wrong: what happened, and where to go on."""

from __future__ import annotations

import sys
from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import REASON_NO_CSRF_COOKIE
from django.shortcuts import render
from django.template.loader import get_template

from tierwise.book.room import says_full
from tierwise.kernel.errors import TierwiseError
from tierwise.kernel.text import Text
from tierwise_web.common.going_on import LANGUAGE_COOKIE, kept_theme, page_of
from tierwise_web.common.sqlite.base import AnotherFileError
from tierwise_web.common.words import as_lang

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
UNCHANGED = Text("Nothing was changed.", "未作任何更改。")
STALE = Text(
    "This page was opened before the last sign-in. Open it once more and send again.",
    "该页面是在最近一次登录之前打开的，请重新打开后再次提交。",
)
NO_COOKIE = Text(
    "The browser sent no cookie of this page. Allow cookies for this address, open the page once "
    "more and send again.",
    "浏览器未发送本页面的 Cookie。请允许此地址使用 Cookie，重新打开页面后再次提交。",
)
FOREIGN = Text(
    "The browser says that the form comes from an address that is not this server's, or names none. "
    "Opening it once more does not help: whoever runs the server has to look at its names and its proxy "
    "(TIERWISE_HOSTS, TIERWISE_HTTPS).",
    "浏览器所报的表单来源地址不属于此服务器，或未报来源。重新打开无法解决，请管理员检查服务器名称和代理设置"
    "（TIERWISE_HOSTS、TIERWISE_HTTPS）。",
)
REFUSED = {REASON_NO_CSRF_COOKIE: NO_COOKIE, "Origin checking": FOREIGN, "Referer checking": FOREIGN}
"""What is told by how Django's reason begins; any other is a token of an earlier sign-in."""
ANOTHER_FILE = Text(
    "Another file stands where the database was: nothing is read or written until the server is started again.",
    "原数据库的位置上是另一个文件：重新启动服务器之前，不会读写任何内容。",
)
FULL = Text(
    "The disk of the server is full: nothing was changed. Whoever runs it has to free some space.",
    "服务器磁盘已满，未作任何更改，请联系管理员腾出空间。",
)


def page(
    request: HttpRequest, status: int, said: Text | None = None, back: str = "", why: Text | None = None
) -> HttpResponse:
    """The page of a status, with a sentence of its own where there is one, why it is so, and the page to go back to."""
    words = {"status": status, "said": said or SAID[status], "back": back, "why": why}
    return render(request, "common/mistake.html", words, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400. Without a page of its own: what is wrong may be the very host name."""
    return HttpResponse(
        f"{SAID[400].en} {SAID[400].zh}\n", status=400, content_type="text/plain; charset=utf-8"
    )


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403; permission is asked before anything is done."""
    return page(request, 403, why=UNCHANGED if request.method == "POST" else None)


def stale(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form that cannot be told to be ours, and why; the log has the reason."""
    said = next((words for start, words in REFUSED.items() if reason.startswith(start)), STALE)
    return page(request, 403, UNCHANGED, "" if said is FOREIGN else page_of(request), why=said)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404."""
    return page(request, 404)


def broken(request: HttpRequest, *_: Any) -> HttpResponse:
    """500 on a page that asks nothing of the database, which may be what broke; 503 where it is away or where the disk
    is full."""
    error = sys.exc_info()[1]
    if error is not None and says_full(error):
        return _apart(request, 503, FULL)
    if isinstance(error, AnotherFileError):
        return _apart(request, 503, ANOTHER_FILE)
    if isinstance(error, OperationalError | InterfaceError):
        return _apart(request, 503, SAID[503])
    if isinstance(error, TierwiseError):
        return _apart(
            request, 500, *(Text(problem.say("en"), problem.say("zh")) for problem in error.problems)
        )
    return _apart(request, 500, SAID[500])


def _apart(request: HttpRequest, status: int, *said: Text) -> HttpResponse:
    """A page in both languages that knows nobody, the one that the browser remembers first; with 503 it asks again by
    itself."""
    seconds = AGAIN_SECONDS if status == 503 else 0
    first = as_lang(request.COOKIES.get(LANGUAGE_COOKIE)) or "en"
    words = {"status": status, "said": said, "seconds": seconds, "first": first, "theme": kept_theme(request)}
    page = get_template("common/apart.html").render(words)
    return HttpResponse(page, status=status, headers={"Retry-After": str(seconds)} if seconds else {})
