# SPDX-License-Identifier: Apache-2.0
"""Real engines for the tests: each private, in a folder of its own, gone when it is stopped."""
