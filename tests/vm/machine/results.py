# SPDX-License-Identifier: Apache-2.0
"""What came back: JUnit reports, each of which must be there and must be whole."""

import io
import tarfile
import xml.etree.ElementTree as ElementTree

SIZE_BYTES = 16 << 20  # of the disk that the machine writes its results to, as a tar file


def read(disk):
    """{name: bytes} of the files in it; none if nothing was written."""
    files = {}
    try:
        with tarfile.open(disk, "r:") as tar:
            for entry in tar:
                if entry.isfile():
                    files[entry.name.removeprefix("./")] = tar.extractfile(entry).read()
    except tarfile.ReadError:
        pass
    return files


def failure(name, sentence):
    """The report of a part that could not report itself."""
    suite = ElementTree.Element("testsuite", name=f"vm-{name}", tests="1", failures="1",
                                errors="0", skipped="0")
    case = ElementTree.SubElement(suite, "testcase", classname=f"vm.{name}", name="completes")
    ElementTree.SubElement(case, "failure", message=sentence).text = sentence
    root = ElementTree.Element("testsuites")
    root.append(suite)
    return ElementTree.ElementTree(root)


def labelled(name, data):
    """The part's own report, each test named after it; None if it is not whole."""
    try:
        tree = ElementTree.parse(io.BytesIO(data))
    except ElementTree.ParseError:
        return None
    for suite in tree.iter("testsuite"):
        suite.set("name", f"vm-{name}")
    for case in tree.iter("testcase"):
        case.set("classname", f"vm.{name}.{case.get('classname', '')}")
    return tree


def outcome(case):
    for kind in ("failure", "error", "skipped"):
        if case.find(kind) is not None:
            return kind
    return "passed"


def forget(folder):
    """Reports of an earlier run must not be taken for this one's."""
    for old in folder.glob("vm-*"):
        old.unlink()


def publish(files, folder, trouble):
    """Writes a vm-<name>.xml for each part of the machine's list of parts; returns how many
    tests passed, failed, were skipped. trouble: why the machine did not end well, or None."""
    counts = {"passed": 0, "failure": 0, "error": 0, "skipped": 0}
    expected = files.get("expected", b"").decode().split()
    reports = {name: labelled(name, files.get(f"{name}.xml", b"")) for name in expected}
    for name in [name for name, tree in reports.items() if tree is None]:
        reports[name] = failure(name, trouble or "these tests ended without a report")
    if not reports:
        reports["machine"] = failure("machine", trouble or "it ended without any result")
    for name, tree in reports.items():
        tree.write(folder / f"vm-{name}.xml", encoding="utf-8", xml_declaration=True)
        for case in tree.iter("testcase"):
            counts[outcome(case)] += 1
    return counts["passed"], counts["failure"] + counts["error"], counts["skipped"]
