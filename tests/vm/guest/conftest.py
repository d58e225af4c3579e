# SPDX-License-Identifier: Apache-2.0
"""These tests talk to the host with the client of the end-to-end suite."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "e2e"))
