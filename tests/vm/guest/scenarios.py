# SPDX-License-Identifier: Apache-2.0
"""Who runs the host inside the machine, in which control group, and which tests apply."""

from dataclasses import dataclass

# How jobs end, as far as the kernel and the sandbox have a say in it.
ENDS = ["test_contract.py", "-k", "succeeds or exit_3 or taken_for or timeout_with or whole_tree "
        "or daemonised or holds_stdout or zombies"]
LIMITS = ["test_limits.py", "-k", "not gigabyte"]
ADOPTION = ["test_crash.py", "-k", "kill_9_in_mid_run or no_host or adopted_job_can"]
CONFINEMENT = ["test_confinement.py"]
# The plugin by itself, its supervisor killed and all.
PLUGIN = ["tests/unit/sandbox/sandbox_run_test"]


@dataclass(frozen=True)
class Scenario:
    """A part is a run of its own: pytest's arguments, or a program of the build folder."""
    name: str
    user: str
    parts: list
    marks: str = "not heavy"
    delegated: bool = False  # the host gets a scope of its own with Delegate=yes
    folder: str = "tests/e2e"
    minutes: float = 3       # each part, at most


SCENARIOS = [
    # The machine itself, so that a broken one is not taken for a broken product.
    Scenario("machine", "root", [["test_machine.py"]], folder="tests/vm/guest"),
    # Root in an ordinary unit: the host makes its control groups at the top.
    Scenario("root", "root", [PLUGIN, ENDS, LIMITS, CONFINEMENT]),
    # Root in a delegated scope.
    Scenario("root-delegated", "root", [LIMITS, ADOPTION], delegated=True),
    # An ordinary user in a delegated scope of the user's own manager.
    Scenario("user-delegated", "maps",
             [["test_user.py"], PLUGIN, ENDS, LIMITS, ADOPTION, CONFINEMENT], delegated=True),
    # An ordinary user with nothing delegated: what cannot be enforced is refused.
    Scenario("user", "visitor", [["test_user.py"], ENDS, ADOPTION, CONFINEMENT],
             marks="not heavy and not cgroups"),
    # Services that are killed and restarted under running jobs, the installed one among them.
    Scenario("service", "root", [["test_service.py"], ["test_installed.py"]],
             folder="tests/vm/guest"),
]
