"""A Spark Connect server of its own for tests, as start-connect-server.sh starts it."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from tests.engine.sparkling import NO_PYTHON

CLASS = "org.apache.spark.sql.connect.service.SparkConnectServer"
PATIENCE_SECONDS = 240
SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.memory": "1g",
    "spark.connect.grpc.binding.address": "127.0.0.1",
    "spark.sql.shuffle.partitions": "3",
    "spark.driver.extraJavaOptions": "-Duser.timezone=Asia/Shanghai",
}


def _free_port() -> int:
    with closing(socket.socket()) as place:
        place.bind(("127.0.0.1", 0))
        return int(place.getsockname()[1])


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """The URL of a server with two threads, which ends with the block; what it says goes into the folder."""
    import pyspark

    home, port = Path(pyspark.__file__).parent, _free_port()
    settings = SETTINGS | {"spark.connect.grpc.binding.port": str(port)}
    words = [str(home / "bin" / "spark-submit"), "--master", "local[2]", "--class", CLASS]
    for name, value in settings.items():
        words += ["--conf", f"{name}={value}"]
    environment = {**os.environ, "SPARK_HOME": str(home), "PYSPARK_PYTHON": NO_PYTHON}
    with (folder / "connect.log").open("wb") as log:
        running = subprocess.Popen(
            [*words, "spark-internal"], env=environment, cwd=folder, stdout=log, stderr=log
        )
        try:
            _wait(running, port)
            yield f"sc://127.0.0.1:{port}"
        finally:
            running.terminate()
            running.wait(60)


def _wait(running: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        assert running.poll() is None, "the server ended"
        with closing(socket.socket()) as asked:
            if asked.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    raise AssertionError("the server does not listen")
