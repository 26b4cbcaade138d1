"""Why the operating system refused something, in both languages."""

from __future__ import annotations

import errno
from typing import TypedDict

_REASONS = {
    errno.EACCES: "权限不足",
    errno.EADDRNOTAVAIL: "本机没有此地址",
    errno.EDQUOT: "磁盘配额已满",
    errno.EEXIST: "已存在同名文件或文件夹",
    errno.EINVAL: "系统不接受此值",
    errno.EIO: "读写出错",
    errno.EISDIR: "这是文件夹",
    errno.ELOOP: "链接形成循环",
    errno.ENAMETOOLONG: "名称过长",
    errno.ENOENT: "没有此文件或文件夹",
    errno.ENOSPC: "磁盘已满",
    errno.ENOTDIR: "路径中有一部分不是文件夹",
    errno.EPERM: "系统不允许",
    errno.EROFS: "磁盘为只读",
    errno.ETXTBSY: "文件正在使用",
}


class Why(TypedDict):
    """The reason in both languages, as slots of a sentence."""

    why: str
    why_zh: str


def why(error: BaseException) -> Why:
    """The slots ``why`` and ``why_zh`` of a sentence about what went wrong; a rare reason stays in the system's words."""
    said = getattr(error, "strerror", None) or str(error)
    return {"why": said, "why_zh": _REASONS.get(getattr(error, "errno", None) or 0, said)}
