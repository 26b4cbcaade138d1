"""Reads policies: from a file, from a text, or shipped ones by name. Every mistake is told at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from tierwise.kernel.errors import Problem, TierwiseError, fail
from tierwise.kernel.systems import why
from tierwise.kernel.text import Text
from tierwise.policy.fingerprint import deciding, fingerprint
from tierwise.policy.mend import Mender
from tierwise.policy.model import Policy
from tierwise.policy.yamlnode import MAX_CHARACTERS, read_nodes


@dataclass(frozen=True, slots=True)
class PolicyDocument:
    """A policy as it was written: the declared policy, its text, where it stood, its fingerprint."""

    policy: Policy
    text: str
    file: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class ShippedPolicy:
    """A policy that comes with Tierwise."""

    code: str
    title: Text
    method: str
    version: int


def load_policy(path_or_name: str | Path, *, text: str | None = None) -> PolicyDocument:
    """The policy in a file, in ``text`` (the path then only says where it stands), or shipped under a name.

    A name has no slash and no ``.yaml``. **Raises** ``TierwiseError`` with every mistake, in line order.
    """
    name = str(path_or_name)
    file = name
    if text is None:
        shipped = isinstance(path_or_name, str) and not _is_path(name)
        file = f"policies/{name}.yaml" if shipped else name
        text = _shipped_text(name) if shipped else _file_text(Path(name))
    policy = parse_policy(text, file)
    return PolicyDocument(policy, text, file, fingerprint(policy))


def same_wording(one: PolicyDocument, other: PolicyDocument) -> bool:
    """Whether two policies decide the same, whatever they are called; one may have been approved before the rules of a
    metric that it uses were raised, which its fingerprint tells."""
    return one.fingerprint == other.fingerprint or deciding(one.policy) == deciding(other.policy)


def parse_policy(text: str, file: str) -> Policy:
    """The policy that a YAML text declares. **Raises** ``TierwiseError`` with every mistake."""
    root, problems, doubtful = read_nodes(text, file)
    if root.entries is None:
        raise fail(
            "policy.not-a-policy",
            "this is not a policy: named fields such as code, version and leading are expected",
            "这不是策略：应有 code、version、leading 等字段",
            file=file,
            line=root.line,
        )
    policy = Mender(root, file, problems, doubtful).read()
    if problems or policy is None:
        raise TierwiseError(sorted(problems, key=_by_place))
    return policy


def list_policies() -> list[ShippedPolicy]:
    """The shipped policies, by code."""
    found = [_shipped(name) for name in _shipped_names()]
    return [ShippedPolicy(p.code, Text(p.title.en, p.title.zh), p.leading.method, p.version) for p in found]


@cache
def _shipped(name: str) -> Policy:
    return load_policy(name).policy


def _by_place(problem: Problem) -> tuple[int, str]:
    return problem.line or 0, problem.column or ""


def _is_path(name: str) -> bool:
    return any(mark in name for mark in ("/", "\\", ".yaml", ".yml"))


def _shipped_files() -> Iterator[Traversable]:
    folder = files("tierwise").joinpath("policies")
    yield from (entry for entry in folder.iterdir() if entry.name.endswith(".yaml"))


def _shipped_names() -> list[str]:
    return sorted(entry.name.removesuffix(".yaml") for entry in _shipped_files())


def _shipped_text(name: str) -> str:
    for entry in _shipped_files():
        if entry.name == f"{name}.yaml":
            return entry.read_text(encoding="utf-8")
    names = _shipped_names()
    close = get_close_matches(name, names)
    raise fail(
        "policy.no-such-policy",
        "there is no shipped policy {name} (a file is named with its folder or .yaml); {hint}: {names}",
        "没有名为 {name} 的内置策略（文件请写出目录或 .yaml）；{hint_zh}：{names}",
        name=name,
        hint="did you mean" if close else "there are",
        hint_zh="相近的有" if close else "现有",
        names=", ".join(close or names),
    )


def _file_text(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            raw = stream.read(4 * MAX_CHARACTERS + 4)
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise fail(
            "policy.encoding", "the file is not UTF-8", "文件不是 UTF-8 编码", file=str(path), line=1
        ) from None
    except OSError as error:
        raise fail(
            "policy.unreadable",
            "the file cannot be read: {why}",
            "无法读取文件：{why_zh}",
            file=str(path),
            **why(error),
        ) from None
