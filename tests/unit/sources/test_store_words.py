"""What stores of other makers say, told in our words; needs no store."""

from __future__ import annotations

import pytest

from tierwise.book.sources.remote import _unreachable


@pytest.mark.parametrize(
    "said",
    [
        "ListBlobsByHierarchy failed for prefix='x.csv'. Azure Error: [AuthorizationFailure] 403 Server failed to "
        "authenticate the request.",
        "Check for Hierarchical Namespace support on 'http://store/box' failed: "
        "N5Azure4Core11Credentials23AuthenticationExceptionE: Bearer token authentication is not permitted",
    ],
)
def test_what_azure_says_of_wrong_or_no_credentials_is_told_as_such(said: str) -> None:
    """Recorded from a store of Azure's interface (Azurite) with a wrong SAS token, and without any."""
    error = _unreachable("abfs://account@box/x.csv?sig=s3cret", OSError(said))
    assert error.code == "source.forbidden"
    assert "SAS" in error.problems[0].say("en")
    assert "s3cret" not in str(error)
