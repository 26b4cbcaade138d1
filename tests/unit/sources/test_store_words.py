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


@pytest.mark.parametrize(
    ("url", "said"),
    [
        (
            "abfs://account@box/x.csv?sv=2024&sig=s3cr%2Bet",
            "GetProperties for 'https://account.blob.core.windows.net/box/x.csv?sv=2024&sig=s3cr%2Bet' failed. 409 Conflict",
        ),
        (
            "s3://key:s3cr%2Bet@bucket/x.csv",
            "the store says no to s3cr+et of 's3://key:s3cr%2Bet@bucket/x.csv'",
        ),
    ],
)
def test_what_a_store_says_is_told_without_the_keys_of_the_address(url: str, said: str) -> None:
    error = _unreachable(url, OSError(said))
    assert error.code == "source.refused"
    assert "x.csv" in str(error)
    assert "s3cr" not in str(error)
