"""What a Spark that starts here is asked for, and who has the last word about it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.engine.sparkling import missing
from tierwise.engine.sessions import RETRIES, _give_up_sooner, _said_by_java, first_line, settings_of

pytestmark = pytest.mark.skipif(missing() is not None, reason=missing() or "")
MINE = """# ours
spark.driver.memory   7g
spark.sql.shuffle.partitions=64
spark.local.dir: /big
"""


def test_what_spark_defaults_say_is_not_overruled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPARK_CONF_DIR", str(tmp_path))
    usual = settings_of("local[2]")
    assert {"spark.driver.memory", "spark.sql.shuffle.partitions", "spark.ui.enabled"} <= set(usual)
    (tmp_path / "spark-defaults.conf").write_text(MINE, encoding="utf-8")
    assert set(usual) - set(settings_of("local[2]")) == {
        "spark.driver.memory",
        "spark.sql.shuffle.partitions",
    }


def test_a_comment_in_another_encoding_does_not_hide_what_spark_defaults_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPARK_CONF_DIR", str(tmp_path))
    (tmp_path / "spark-defaults.conf").write_bytes("# 内存\nspark.driver.memory 3g\n".encode("gb18030"))
    assert "spark.driver.memory" not in settings_of("local[2]")


def test_a_cluster_decides_on_its_memory_and_partitions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPARK_CONF_DIR", str(tmp_path))
    assert {"spark.driver.memory", "spark.sql.shuffle.partitions"}.isdisjoint(settings_of("yarn"))


def test_the_end_of_a_jvm_is_told_by_what_it_ended_with(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text(
        "WARNING: Using incubator modules: jdk.incubator.vector\n"
        'Exception in thread "main" org.apache.spark.SparkException: Master must either be yarn or start with spark\n'
        "\tat org.apache.spark.deploy.SparkSubmit.error(SparkSubmit.scala:1068)\n",
        encoding="utf-8",
    )
    assert _said_by_java(log) == "Master must either be yarn or start with spark"
    log.write_text("26/11/22 WARN Utils: Your hostname resolves to a loopback address\n", encoding="utf-8")
    assert _said_by_java(log) is None


def test_a_server_that_ended_is_waited_for_less_long_and_told_in_words() -> None:
    import grpc
    from pyspark.sql.connect.client import SparkConnectClient

    client = SparkConnectClient("sc://127.0.0.1:1")
    _give_up_sooner(SimpleNamespace(client=client))
    (policy,) = client.get_retry_policies()
    assert policy.max_retries == RETRIES
    asked = grpc.insecure_channel("127.0.0.1:1", [("grpc.enable_http_proxy", 0)]).unary_unary(
        "/nothing/there"
    )
    with pytest.raises(grpc.RpcError) as caught:
        asked(b"", timeout=20)
    assert "127.0.0.1:1" in first_line(caught.value)
