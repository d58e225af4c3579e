# SPDX-License-Identifier: Apache-2.0
"""Deadlines. Nothing sleeps and hopes: everything polls until it holds or time is up."""

import os
import time

# How much slower than an ordinary machine this one is: emulation 10, sanitizers 3.
SLOWNESS = float(os.environ.get("MAPS_TEST_SLOWNESS", "1"))


def seconds(amount):
    """A deadline, stretched to the speed of the machine."""
    return amount * SLOWNESS


def eventually(condition, what, within=30, every=0.05):
    """Polls until condition() is true and returns its value; says what was awaited if not."""
    deadline = time.monotonic() + seconds(within)
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds(within):g} s: {what}")
        time.sleep(every)
