# SPDX-License-Identifier: Apache-2.0
"""Greets whoever the request names: the smallest job that uses every door."""

import json
import os
import sys

with open(os.environ["MAPS_REQUEST"], encoding="utf-8") as file:
    request = json.load(file)

name = request.get("name", "world")
greeting = f"Hello, {name}!"

print(greeting)
print(f"This is job {os.environ['MAPS_JOB_ID']}, as uid {os.getuid()}.", file=sys.stderr)

# Whatever lies in the output folder can be fetched; result.json is shown in the job document.
with open(os.path.join(os.environ["MAPS_OUTPUT"], "result.json"), "w", encoding="utf-8") as file:
    json.dump({"greeting": greeting}, file, ensure_ascii=False)
