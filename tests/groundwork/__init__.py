# SPDX-License-Identifier: Apache-2.0
"""What the virtual machine and the engines of the tests stand on: a Debian, made once."""
