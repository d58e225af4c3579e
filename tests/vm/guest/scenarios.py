# SPDX-License-Identifier: Apache-2.0
"""Who runs the host inside the machine, in which control group, and which tests apply."""

from dataclasses import dataclass, field
from pathlib import Path

# Files of tests, each with the expression for -k that chooses among its tests; None: all.
# How jobs end, as far as the kernel and the sandbox have a say in it.
ENDS = {"test_contract.py": "succeeds or exit_3 or taken_for or timeout_with or whole_tree "
                            "or daemonised or holds_stdout or zombies"}
LIMITS = {"test_limits.py": "not gigabyte"}
ADOPTION = {"test_crash.py": "kill_9_in_mid_run or no_host or adopted_job_can"}
CONFINEMENT = {"test_confinement.py": None}
USER = {"test_user.py": None}
# The plugin by itself, its supervisor killed and all.
PLUGIN = ["tests/unit/sandbox/sandbox_run_test"]


def pytest_selection(files):
    """Arguments for one run of pytest, whose start takes seconds in emulation."""
    chosen = [f"({file} and ({expression}))" if expression else file
              for file, expression in files.items()]
    return [*files, "-k", " or ".join(chosen)]


@dataclass(frozen=True)
class Scenario:
    name: str
    user: str
    tests: dict              # files, as above
    programs: list = field(default_factory=list)  # of the build folder, with their arguments
    marks: str = "not heavy"
    delegated: bool = False  # the host gets a scope of its own with Delegate=yes
    folder: str = "tests/e2e"
    minutes: float = 15      # each run of a program or of pytest, at most

    def parts(self):
        """(name of its report, what to run), e.g. ("user.tests", […])."""
        found = [(f"{self.name}.{Path(program[0]).name}", program) for program in self.programs]
        return found + [(f"{self.name}.tests", pytest_selection(self.tests))]


SCENARIOS = [
    # The machine itself, so that a broken one is not taken for a broken product.
    Scenario("machine", "root", {"test_machine.py": None}, folder="tests/vm/guest"),
    # Root in an ordinary unit: the host makes its control groups at the top.
    Scenario("root", "root", ENDS | LIMITS | CONFINEMENT, [PLUGIN]),
    # Root in a delegated scope.
    Scenario("root-delegated", "root", LIMITS | ADOPTION, delegated=True),
    # An ordinary user in a delegated scope of the user's own manager.
    Scenario("user-delegated", "maps", USER | ENDS | LIMITS | ADOPTION | CONFINEMENT, [PLUGIN],
             delegated=True),
    # An ordinary user with nothing delegated: what cannot be enforced is refused.
    Scenario("user", "visitor", USER | ENDS | ADOPTION | CONFINEMENT,
             marks="not heavy and not cgroups"),
    # Services that are killed and restarted under running jobs, the installed one among them.
    Scenario("service", "root", {"test_service.py": None, "test_installed.py": None},
             folder="tests/vm/guest"),
]
