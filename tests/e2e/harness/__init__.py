# SPDX-License-Identifier: Apache-2.0
"""What the end-to-end tests stand on: a host to start, a client to talk to it, an eye for
what is left behind."""
