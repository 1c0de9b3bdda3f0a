"""What checkov finds in template.yaml, checked: what checkov.yaml skips, with a reason for each, and nothing else.

Its exit code alone would not do: that is 0 as well when it could not read the template.
"""

import collections
import json
import os
import re
import subprocess
import unittest

from translated import ROOT

CONFIG = ROOT / "tests/template/checkov.yaml"
SKIP = re.compile(r"  - (CKV\w+)")


def findings():
    """Every finding, skipped or not: the check, its title, and the resources."""
    # The dependencies of checkov fit no other tool's, so it has an environment of its own; CHECKOV says where.
    command = [os.environ.get("CHECKOV", "checkov"), "--config-file", CONFIG, "--output", "json", "--skip-check", "CKV_NONE"]
    # Unless told, it asks the package registry for its newest version.
    environment = os.environ | {"CKV_SKIP_PACKAGE_UPDATE_CHECK": "true"}
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=False)
    found = collections.defaultdict(list)
    for finding in json.loads(done.stdout)["results"]["failed_checks"]:
        found[finding["check_id"], finding["check_name"]].append(finding["resource"])
    return found


class Security(unittest.TestCase):
    lines = CONFIG.read_text(encoding="utf-8").splitlines()
    skips = {found[1] for found in map(SKIP.fullmatch, lines) if found}

    def test_checkov_finds_what_is_skipped_and_nothing_else(self):
        found = findings()
        open_ones = {f"{check} {title}": resources for (check, title), resources in found.items() if check not in self.skips}
        self.assertEqual({}, open_ones)
        self.assertEqual(set(), self.skips - {check for check, _ in found}, "these need not be skipped")

    def test_every_skip_has_a_reason(self):
        for above, line in zip(self.lines, self.lines[1:]):
            if SKIP.fullmatch(line):
                self.assertRegex(above, r"^  # .+\.$", line)


if __name__ == "__main__":
    unittest.main()
