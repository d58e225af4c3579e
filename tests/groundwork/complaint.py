# SPDX-License-Identifier: Apache-2.0
"""The one error of these programs: a sentence for a person."""


class Complaint(Exception):
    pass
