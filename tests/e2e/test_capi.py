# SPDX-License-Identifier: Apache-2.0
"""The C API as another program uses it: installed, found by pkg-config, linked, run."""

import os
import shlex
import signal
import subprocess

import pytest
from harness.host import BUILD, ROOT, RUNTIME
from harness.leftovers import processes_named
from harness.oneshot import OneShots, read_until
from harness.waiting import seconds

if not (BUILD / "cmake_install.cmake").exists():
    pytest.skip("needs a build folder to install from", allow_module_level=True)


def output(*command, **environment):
    return subprocess.run(command, env={**os.environ, **environment}, check=True, text=True,
                          capture_output=True).stdout


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    """The example program, built against an installed library; and where that was installed."""
    stage = tmp_path_factory.mktemp("stage")
    output("cmake", "--install", str(BUILD), "--prefix", str(stage))
    [folder] = stage.rglob("pkgconfig/maps-backend.pc")
    flags = shlex.split(output("pkg-config", "--cflags", "--libs", "maps-backend",
                               PKG_CONFIG_PATH=str(folder.parent)))
    sanitizers = ["-fsanitize=address,undefined"] if "asan" in BUILD.name else []
    program = stage / "run_script"
    output("cc", "-std=c11", "-D_POSIX_C_SOURCE=200809L", "-Wall", "-Wextra", "-Wpedantic", "-Werror",
           *sanitizers, str(ROOT / "examples" / "c" / "run_script.c"), "-o", str(program), *flags,
           f"-Wl,-rpath,{folder.parent.parent}")
    return program


@pytest.fixture
def programs(tmp_path, example):
    made = OneShots(tmp_path)
    made.start_program = lambda *arguments, **options: made.start(
        *arguments, program=(str(example),), **options)
    yield made
    made.close()


def test_the_example_runs_a_script_and_ends_as_it_ends(programs):
    process = programs.start_program("-", RUNTIME, stdin=subprocess.PIPE)
    out, err = process.communicate(
        b"import sys; print(6 * 7); print('aside', file=sys.stderr); sys.exit(5)",
        timeout=seconds(60))
    assert (process.returncode, out, err) == (5, b"42\n", b"aside\n")


def test_the_library_finds_its_plugins_beside_it(programs, example):
    process = programs.start_program("-", "abacus")
    _, err = process.communicate(timeout=seconds(60))
    assert process.returncode == 1
    assert str(example.parent).encode() in err and b"sandbox" in err


def test_a_program_that_ignores_our_advice_dies_as_it_likes(programs, marker):
    """The library touches no signal: SIGINT ends the program, and the next one cleans up."""
    script = f"""
import subprocess, sys
subprocess.run([sys.executable, "-c", "import time; print('ready', flush=True); time.sleep(600)",
                "{marker}"])
"""
    process = programs.start_program("-", RUNTIME, stdin=subprocess.PIPE)
    process.stdin.write(script.encode())
    process.stdin.close()
    read_until(process.stdout, b"ready\n")
    process.send_signal(signal.SIGINT)
    assert process.wait(seconds(30)) == -signal.SIGINT
    process.stdout.close()
    process.stderr.close()
    assert processes_named(marker), "the script goes on"
    assert programs.run("-", input=b"print('next')").stdout == b"next\n"
    assert not processes_named(marker)
