"""Everything works on a machine without a network: nothing is fetched from anywhere, no page waits for anybody."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.web.test_serve import HERE
from tierwise import api

UNSHARE = shutil.which("unshare")
ALONE = [UNSHARE or "unshare", "--net", *([] if os.geteuid() == 0 else ["--map-root-user"])]
WITHIN = """
import fcntl, re, signal, socket, struct, sys
from tests.web.test_serve import Serving

with socket.socket() as any_socket:  # the loopback device of a new network is down
    fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh14x", b"lo", 1))
try:
    socket.create_connection(("1.1.1.1", 53), timeout=5)
except OSError:
    print("alone")
serving = Serving(sys.argv[1])
assert serving.get("/health")[0] == 200
status, page = serving.get("/set-up" + serving.address.split("/set-up")[1])
assert status == 200
for part in re.findall(r'(?:src|href)="(/static/[^"]+)"', page):
    assert serving.get(part)[0] == 200, part
print(len(re.findall(r'(?:src|href)="https?:', page)), "from elsewhere")
serving.end(signal.SIGTERM)
"""


def _can_be_alone() -> bool:
    return (
        bool(UNSHARE) and subprocess.run([*ALONE, "true"], capture_output=True, check=False).returncode == 0
    )


@pytest.mark.skipif(not _can_be_alone(), reason="this machine lets nobody make a network of their own")
def test_the_application_is_set_up_without_a_network(book: api.Book, tmp_path: Path):
    shutil.copytree(book.path, tmp_path / "book")
    done = subprocess.run(
        [*ALONE, sys.executable, "-c", WITHIN, str(tmp_path / "book")], capture_output=True, text=True, timeout=120,
        check=False, cwd=HERE, env=os.environ | {"PYTHONPATH": f"{HERE / 'src'}:{HERE}"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.split("\n")[:2] == ["alone", "0 from elsewhere"]
