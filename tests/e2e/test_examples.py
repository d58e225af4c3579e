# SPDX-License-Identifier: Apache-2.0
"""The examples do what their page says, on every runtime."""

import csv
import io
import json
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import pytest
from harness.document import ended
from harness.host import ROOT
from harness.waiting import seconds

EXAMPLES = ROOT / "examples"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def cities():
    """The example as a submission; tests change its request."""
    done = subprocess.run([sys.executable, EXAMPLES / "submit", "--print", EXAMPLES / "cities"],
                          capture_output=True, check=True)
    return json.loads(done.stdout)


def draw(api, cities, **request):
    reply = api.post_job({**cities, "request_json": request})
    assert reply.status == 202, reply
    return api.finished(reply.json()["job_id"])


@pytest.mark.parametrize("name", ["hello", "cities"])
def test_submit_runs_an_example_and_shows_its_outputs(api, name):
    done = subprocess.run([sys.executable, EXAMPLES / "submit", "--url",
                           f"http://127.0.0.1:{api.port}", EXAMPLES / name],
                          capture_output=True, text=True, timeout=seconds(60), check=False)
    assert done.returncode == 0, done
    assert '"status": "success"' in done.stdout
    assert "result.json" in done.stdout


def test_submit_says_when_nobody_answers():
    done = subprocess.run([sys.executable, EXAMPLES / "submit", "--url", "http://127.0.0.1:9",
                           EXAMPLES / "hello"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "No maps-backend answers" in done.stderr


@pytest.mark.parametrize("projection", ["equirectangular", "mercator", "robinson", "mollweide"])
def test_cities_draws_a_map_in_every_projection(api, cities, projection):
    document = ended(draw(api, cities, projection=projection), "success", "exited")
    assert set(api.outputs(document["job_id"])) == {"map.svg", "summary.csv", "result.json"}
    picture = ElementTree.fromstring(api.output(document["job_id"], "map.svg"))
    assert picture.tag == SVG + "svg"
    assert len(picture.findall(SVG + "circle")) == document["result"]["cities"] >= 60


def test_cities_filters_and_summarises(api, cities):
    document = ended(draw(api, cities, filter={
        "min_population": 5000000,
        "bounding_box": {"west": 60, "south": 5, "east": 100, "north": 40}}), "success", "exited")
    result = document["result"]
    assert result["largest"] == "Delhi"
    summary = csv.DictReader(io.StringIO(api.output(document["job_id"], "summary.csv").decode()))
    rows = {row["country"]: row for row in summary}
    assert rows["India"]["largest_city"] == "Delhi"
    assert "China" not in rows and "Japan" not in rows
    assert sum(int(row["population"]) for row in rows.values()) == result["population"]


def test_cities_finds_a_name(api, cities):
    document = ended(draw(api, cities, filter={"name": "são"}), "success", "exited")
    assert document["result"]["largest"] == "São Paulo"


def test_cities_draws_an_empty_map_too(api, cities):
    document = ended(draw(api, cities, filter={"name": "atlantis"}), "success", "exited")
    assert (document["result"]["cities"], document["result"]["largest"]) == (0, None)


@pytest.mark.parametrize("request_json, word", [
    ({"projection": "flat"}, "projection"), ({"projection": ["robinson"]}, "projection"),
    ({"colour": "red"}, "colour"), ({"filter": []}, "filter"), ({"labels": -1}, "labels"),
    ({"filter": {"min_population": "many"}}, "filter.min_population"),
    ({"filter": {"bounding_box": {"west": 0}}}, "filter.bounding_box"),
    ({"filter": {"bounding_box": {"west": 10, "south": 0, "east": 0, "north": 9}}}, "bounding_box"),
    ({"filter": {"colour": 1}}, "filter.colour"), ({"title": 5}, "title")])
def test_cities_refuses_a_bad_request_with_exit_code_2(api, cities, request_json, word):
    document = ended(draw(api, cities, **request_json), "error", "exited")
    assert document["exit_code"] == 2
    assert word in document["logs"]
    assert "Traceback" not in document["logs"]
