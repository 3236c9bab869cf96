"""Children forked from a warm process are processes like any other."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

from bench.warm import WarmPython


def test_child_has_its_own_environment_folder_group_and_exit_code(
    unmeasured_scrapy: WarmPython, tmp_path: Path
) -> None:
    program = "import os, sys; print(os.environ, os.getcwd(), os.getpgid(0) == os.getpid(), *sys.argv); sys.exit(3)"
    child = unmeasured_scrapy.start(["-c", program, "word"], environment={"NEWS": "质量"}, folder=tmp_path)
    said, _ = child.communicate()
    assert child.returncode == 3
    assert said.decode().split("environ(")[1].startswith("{'NEWS': '质量'}")
    assert said.decode().strip().endswith(f"{tmp_path} True -c word")


def test_child_reads_its_input_and_can_be_signalled_and_killed(unmeasured_scrapy: WarmPython) -> None:
    program = "import sys; print(sys.stdin.readline(), end='', flush=True); import signal; signal.pause()"
    for number in (signal.SIGTERM, signal.SIGKILL):
        child = unmeasured_scrapy.start(["-c", program], environment=os.environ, stdin=subprocess.PIPE)
        assert child.stdin is not None and child.stdout is not None
        child.stdin.write("质量\n".encode())
        child.stdin.flush()
        assert child.stdout.readline().decode() == "质量\n"
        assert child.poll() is None
        child.send_signal(number)
        assert child.wait(30) == -number
        child.communicate()


def test_file_that_grows_too_long_is_a_full_disk(unmeasured_scrapy: WarmPython, tmp_path: Path) -> None:
    ignore = "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)"
    program = f"{ignore}\nwith open('file', 'wb') as file: file.write(bytes(5000))"
    words = ["-c", program]
    child = unmeasured_scrapy.start(
        words, environment=os.environ, folder=tmp_path, longest_file=1000, stderr=subprocess.DEVNULL
    )
    child.communicate()
    assert child.returncode == 1
    assert (tmp_path / "file").stat().st_size == 1000


def test_children_die_with_the_process_they_were_forked_from() -> None:
    warm = WarmPython(dict(os.environ))
    child = warm.start(["-c", "import signal; print(1, flush=True); signal.pause()"], environment=os.environ)
    assert child.stdout is not None
    assert child.stdout.readline() == b"1\n"
    warm.end()
    assert child.stdout.read() == b""  # the pipe ends only when the child, its last holder, is gone
    assert child.wait() == -signal.SIGKILL
    child.stdout.close()
