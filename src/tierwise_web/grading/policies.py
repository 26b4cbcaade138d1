"""The policies that can be run: those that graded before, as they stood then, and the shipped ones."""

from __future__ import annotations

from tierwise import api
from tierwise.kernel.errors import fail
from tierwise.kernel.text import Text
from tierwise.policy.load import PolicyDocument, parse_policy


def choices(book: api.Book) -> list[tuple[str, Text]]:
    """Code and title of each; the one that graded last comes first."""
    known = {code: document.policy.title for code, document in _used(book).items()}
    found = [(code, Text(title.en, title.zh)) for code, title in known.items()]
    return found + [(p.code, p.title) for p in api.list_policies() if p.code not in known]


def document_of(book: api.Book, code: str) -> PolicyDocument:
    """The policy of a code: as it graded last, else as shipped. **Raises** ``web.unknown-policy``."""
    used = _used(book)
    if code in used:
        return used[code]
    if code not in {p.code for p in api.list_policies()}:
        raise fail("web.unknown-policy", "there is no policy {policy}", "没有策略 {policy}", policy=code)
    return api.load_policy(code)


def _used(book: api.Book) -> dict[str, PolicyDocument]:
    found: dict[str, PolicyDocument] = {}
    for record in reversed(api.list_runs(book)):
        if record.policy_code not in found:
            file = f"{record.run_id}: policy"
            policy = parse_policy(record.policy_text, file)
            found[record.policy_code] = PolicyDocument(
                policy, record.policy_text, file, record.policy_fingerprint
            )
    return found
