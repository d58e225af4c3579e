# SPDX-License-Identifier: Apache-2.0
"""Draws a map of the world's cities: map.svg, with summary.csv and result.json beside it.

The request chooses the projection and which cities to show; see README.md. A request that
makes no sense ends with exit code 2 and a sentence on stderr for each thing wrong with it."""

import csv
import json
import math
import os
import sys
from xml.sax.saxutils import escape

WIDTH = 1200
MARGIN = 24
TITLE_HEIGHT = 56
MERCATOR_LIMIT = 78.0  # the poles are infinitely far away
SHADES = ("#2a9d8f", "#8ab17d", "#e9c46a", "#f4a261", "#e76f51")
SHADE_STEPS = (1_000_000, 3_000_000, 8_000_000, 15_000_000)

# ---- projections: degrees to a plane on which one unit is one radian at the equator ----

# Robinson's table: for each five degrees the length of the parallel and its height.
ROBINSON = (
    (1.0000, 0.0000), (0.9986, 0.0620), (0.9954, 0.1240), (0.9900, 0.1860), (0.9822, 0.2480),
    (0.9730, 0.3100), (0.9600, 0.3720), (0.9427, 0.4340), (0.9216, 0.4958), (0.8962, 0.5571),
    (0.8679, 0.6176), (0.8350, 0.6769), (0.7986, 0.7346), (0.7597, 0.7903), (0.7186, 0.8435),
    (0.6732, 0.8936), (0.6213, 0.9394), (0.5722, 0.9761), (0.5322, 1.0000))


def equirectangular(latitude, longitude):
    return math.radians(longitude), math.radians(latitude)


def mercator(latitude, longitude):
    latitude = max(-MERCATOR_LIMIT, min(MERCATOR_LIMIT, latitude))
    return math.radians(longitude), math.asinh(math.tan(math.radians(latitude)))


def robinson(latitude, longitude):
    place = min(abs(latitude) / 5, 17.999)
    index = int(place)
    (length, height), (next_length, next_height) = ROBINSON[index:index + 2]
    part = place - index
    length += (next_length - length) * part
    height += (next_height - height) * part
    return 0.8487 * length * math.radians(longitude), math.copysign(1.3523 * height, latitude)


def mollweide(latitude, longitude):
    latitude = math.radians(latitude)
    angle = latitude
    for _ in range(60):  # Newton's method; slow only at the poles themselves
        slope = 2 + 2 * math.cos(2 * angle)
        if slope < 1e-9:
            break
        angle -= (2 * angle + math.sin(2 * angle) - math.pi * math.sin(latitude)) / slope
    return (2 * math.sqrt(2) / math.pi * math.radians(longitude) * math.cos(angle),
            math.sqrt(2) * math.sin(angle))


PROJECTIONS = {"equirectangular": equirectangular, "mercator": mercator,
               "robinson": robinson, "mollweide": mollweide}

# ---- the request ----


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def check_box(box, complaints):
    edges = {"west": 180, "south": 90, "east": 180, "north": 90}
    if not isinstance(box, dict) or set(box) != set(edges):
        complaints.append("filter.bounding_box must have west, south, east and north, in degrees")
        return
    for edge, most in edges.items():
        if not is_number(box[edge]) or abs(box[edge]) > most:
            complaints.append(f"filter.bounding_box.{edge} must be a number from -{most} to {most}")
            return
    if box["south"] >= box["north"] or box["west"] >= box["east"]:
        complaints.append("filter.bounding_box must reach from west to east and south to north")


def check_filter(chosen, complaints):
    if not isinstance(chosen, dict):
        complaints.append("filter must be an object")
        return
    for key in set(chosen) - {"min_population", "bounding_box", "name"}:
        complaints.append(f"filter.{key} is unknown; there are min_population, bounding_box, name")
    if not is_number(chosen.get("min_population", 0)) or chosen.get("min_population", 0) < 0:
        complaints.append("filter.min_population must be a number, 0 or more")
    if not isinstance(chosen.get("name", ""), str):
        complaints.append("filter.name must be text: a part of the city's name")
    if "bounding_box" in chosen:
        check_box(chosen["bounding_box"], complaints)


def checked(request):
    """The request with defaults filled in, and what is wrong with it."""
    if not isinstance(request, dict):
        return {}, ["the request must be an object"]
    complaints = []
    known = {"title": "Cities of the world", "projection": "robinson", "filter": {}, "labels": 30}
    for key in set(request) - set(known):
        complaints.append(f"{key} is unknown; there are {', '.join(sorted(known))}")
    chosen = {**known, **request}
    if not isinstance(chosen["title"], str) or len(chosen["title"]) > 120:
        complaints.append("title must be text of at most 120 characters")
    if not isinstance(chosen["projection"], str) or chosen["projection"] not in PROJECTIONS:
        complaints.append(f"projection must be one of {', '.join(PROJECTIONS)}")
    if not isinstance(chosen["labels"], int) or not 0 <= chosen["labels"] <= 500:
        complaints.append("labels must be a whole number from 0 to 500")
    check_filter(chosen["filter"], complaints)
    return chosen, complaints


# ---- the cities ----


def read_cities(path):
    with open(path, encoding="utf-8", newline="") as file:
        return [{"name": row["name"], "country": row["country"],
                 "latitude": float(row["latitude"]), "longitude": float(row["longitude"]),
                 "population": int(row["population"])} for row in csv.DictReader(file)]


def is_wanted(city, chosen):
    box = chosen.get("bounding_box")
    return (city["population"] >= chosen.get("min_population", 0)
            and chosen.get("name", "").casefold() in city["name"].casefold()
            and (box is None or (box["south"] <= city["latitude"] <= box["north"]
                                 and box["west"] <= city["longitude"] <= box["east"])))


# ---- the picture ----


class Canvas:
    """Turns degrees into pixels, for the whole world or the chosen part of it."""

    def __init__(self, projection, box):
        self.projection = PROJECTIONS[projection]
        self.box = box or {"west": -180, "south": -90, "east": 180, "north": 90}
        border = [self.projection(latitude, longitude) for latitude, longitude in self.border()]
        self.left = min(x for x, _ in border)
        self.top = max(y for _, y in border)
        self.scale = (WIDTH - 2 * MARGIN) / (max(x for x, _ in border) - self.left)
        self.height = round(self.scale * (self.top - min(y for _, y in border))
                            + 2 * MARGIN + TITLE_HEIGHT)

    def border(self):
        """The edge of what is shown, once around."""
        west, south, east, north = (self.box[edge] for edge in ("west", "south", "east", "north"))
        steps = [step / 45 for step in range(46)]
        up = [south + (north - south) * step for step in steps]
        along = [west + (east - west) * step for step in steps]
        return ([(south, longitude) for longitude in along]
                + [(latitude, east) for latitude in up]
                + [(north, longitude) for longitude in reversed(along)]
                + [(latitude, west) for latitude in reversed(up)])

    def place(self, latitude, longitude):
        x, y = self.projection(latitude, longitude)
        return (MARGIN + (x - self.left) * self.scale,
                MARGIN + TITLE_HEIGHT + (self.top - y) * self.scale)

    def path(self, points):
        return "M" + "L".join("{:.1f},{:.1f}".format(*self.place(*point)) for point in points)


def graticule(canvas):
    lines = [[(latitude, longitude) for longitude in range(-180, 181, 5)]
             for latitude in range(-60, 61, 30)]
    lines += [[(latitude, longitude) for latitude in range(-90, 91, 5)]
              for longitude in range(-150, 151, 30)]
    return [f'<path class="grid" d="{canvas.path(line)}"/>' for line in lines]


def land(canvas, path):
    """The continents as strokes along parallels: little data, yet one knows where one is."""
    strokes = []
    with open(path, encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            latitude, west, east = (float(row[key]) for key in ("latitude", "west", "east"))
            steps = max(1, int((east - west) / 5))
            points = [(latitude, west + (east - west) * step / steps) for step in range(steps + 1)]
            strokes.append(f'<path class="land" d="{canvas.path(points)}"/>')
    return strokes


def radius(city):
    return 2 + 3.2 * math.sqrt(city["population"] / 1e6)


def shade(city):
    return SHADES[sum(city["population"] >= step for step in SHADE_STEPS)]


def circles(canvas, cities):
    marks = []
    for city in cities:  # largest first, so that small ones lie on top
        x, y = canvas.place(city["latitude"], city["longitude"])
        text = escape(f'{city["name"]}, {city["country"]}: {city["population"]:,}')
        marks.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius(city):.1f}" '
                     f'fill="{shade(city)}"><title>{text}</title></circle>')
    return marks


def overlaps(one, other):
    return (one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3])


def labels(canvas, cities, most):
    """Names of the largest cities, wherever there is room to the right or the left."""
    taken, marks = [], []
    for city in cities:
        if len(marks) == most:
            break
        x, y = canvas.place(city["latitude"], city["longitude"])
        length, away = 6.3 * len(city["name"]), radius(city) + 3
        for start, anchor, at in ((x + away, "start", x + away), (x - away - length, "end", x - away)):
            area = (start, y - 8, start + length, y + 5)
            inside = MARGIN <= area[0] and area[2] <= WIDTH - MARGIN
            if inside and not any(overlaps(area, other) for other in taken):
                taken.append(area)
                marks.append(f'<text class="name" x="{at:.1f}" y="{y + 4:.1f}" '
                             f'text-anchor="{anchor}">{escape(city["name"])}</text>')
                break
    return marks


def draw(chosen, cities, land_path):
    canvas = Canvas(chosen["projection"], chosen["filter"].get("bounding_box"))
    border = canvas.path(canvas.border()) + "Z"
    total = sum(city["population"] for city in cities)
    caption = f'{len(cities)} cities · {total / 1e6:,.0f} million people · {chosen["projection"]}'
    thickness = canvas.scale * math.radians(3.1)
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{canvas.height}" '
        f'viewBox="0 0 {WIDTH} {canvas.height}" font-family="Helvetica, Arial, sans-serif">',
        "<style>",
        ".grid { fill: none; stroke: #24485f; stroke-width: 0.7 }",
        f".land {{ fill: none; stroke: #35647d; stroke-width: {thickness:.1f};"
        " stroke-linecap: round; stroke-linejoin: round }",
        "circle { fill-opacity: 0.75; stroke: #0b2233; stroke-width: 0.6 }",
        ".name { font-size: 11px; fill: #f1faee; paint-order: stroke; stroke: #0b2233;"
        " stroke-width: 2.5px; stroke-linejoin: round }",
        "</style>",
        f'<clipPath id="edge"><path d="{border}"/></clipPath>',
        f'<rect width="{WIDTH}" height="{canvas.height}" fill="#0b2233"/>',
        f'<text x="{MARGIN}" y="{MARGIN + 16}" font-size="22" fill="#f1faee">'
        f'{escape(chosen["title"])}</text>',
        f'<text x="{MARGIN}" y="{MARGIN + 38}" font-size="13" fill="#8fb3c9">{escape(caption)}</text>',
        f'<path d="{border}" fill="#123149" stroke="#35647d"/>',
        '<g clip-path="url(#edge)">', *graticule(canvas), *land(canvas, land_path), "</g>",
        *circles(canvas, cities), *labels(canvas, cities, chosen["labels"]),
        "</svg>", ""])


# ---- the results ----


def write_summary(path, cities):
    """One line a country, the most people first."""
    countries = {}
    for city in cities:
        countries.setdefault(city["country"], []).append(city)
    rows = [(country, len(members), sum(city["population"] for city in members), members[0]["name"])
            for country, members in countries.items()]
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("country", "cities", "population", "largest_city"))
        writer.writerows(sorted(rows, key=lambda row: (-row[2], row[0])))
    return len(rows)


def main():
    with open(os.environ["MAPS_REQUEST"], encoding="utf-8") as file:
        chosen, complaints = checked(json.load(file))
    if complaints:
        print("This request cannot be drawn:", *complaints, sep="\n  ", file=sys.stderr)
        return 2

    source, target = os.environ["MAPS_INPUT"], os.environ["MAPS_OUTPUT"]
    everything = read_cities(os.path.join(source, "cities.csv"))
    cities = sorted((city for city in everything if is_wanted(city, chosen["filter"])),
                    key=lambda city: (-city["population"], city["name"]))
    print(f"{len(cities)} of {len(everything)} cities pass the filter")

    with open(os.path.join(target, "map.svg"), "w", encoding="utf-8") as file:
        file.write(draw(chosen, cities, os.path.join(source, "land.csv")))
    countries = write_summary(os.path.join(target, "summary.csv"), cities)
    result = {"projection": chosen["projection"], "cities": len(cities), "countries": countries,
              "population": sum(city["population"] for city in cities),
              "largest": cities[0]["name"] if cities else None}
    with open(os.path.join(target, "result.json"), "w", encoding="utf-8") as file:
        json.dump(result, file, ensure_ascii=False)
    print(f"map.svg drawn in the {chosen['projection']} projection")
    return 0


if __name__ == "__main__":
    sys.exit(main())
