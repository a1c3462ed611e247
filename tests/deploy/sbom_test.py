#!/usr/bin/env python3
"""What sbom.py writes of a sample of dpkg's listing is a bill of materials, and sbom_schema.py finds what is none.

Run with the Python of deploy/local/install.sh --for deploy.  A script stands in for the container engine.
"""

import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import sbom_schema

SBOM = Path(__file__).resolve().parents[2] / "deploy/docker/sbom.py"
LISTED = """adduser\t3.134\tall\tadduser\t3.134
libcurl4\t7.88.1-10+deb12u14\tamd64\tcurl\t7.88.1-10+deb12u14
libstdc++6\t12.2.0-14+deb12u1\tamd64\tgcc-12\t12.2.0-14+deb12u1
tzdata\t2025b-0+deb12u2\tall\ttzdata\t2025b-0+deb12u2
zlib1g\t1:1.2.13.dfsg-1~x\tamd64\tzlib\t1:1.2.13.dfsg-1~x
"""
ENGINE = """#!/bin/sh
case $1 in
image) printf '[{"Id": "sha256:00", "Config": {"Labels": {"org.opencontainers.image.title": "%s", "org.opencontainers.image.version": "1"}}}]' "$3" ;;
run) cat "$0.listed" ;;
esac
"""


class Bills(unittest.TestCase):
    def setUp(self):
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.engine = folder / "engine"
        self.engine.write_text(ENGINE)
        self.engine.chmod(0o700)
        (folder / "engine.listed").write_text(LISTED)

    def bill(self, image):
        done = subprocess.run([sys.executable, "-B", SBOM, image, "--engine", str(self.engine)], capture_output=True, text=True, timeout=60)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def parts(self, text):
        return {part["name"]: part.get("version") for part in json.loads(text)["components"]}

    def test_bills_are_valid(self):
        for image, inside in (("shopwire-router", {"librdkafka", "jq", "oniguruma", "CLI11", "nlohmann-json"}), ("shopwire-sandbox", {"nlohmann-json"}),
                              ("debian", set())):
            text = self.bill(image)
            self.assertEqual(sbom_schema.faults_of(text), [])
            self.assertEqual(self.parts(text).keys(), inside | {line.split("\t")[0] for line in LISTED.splitlines()})
        self.assertEqual(self.parts(self.bill("shopwire-router"))["zlib1g"], "1:1.2.13.dfsg-1~x")

    def test_faults_are_found(self):
        def finds(words, change):
            bill = json.loads(self.bill("shopwire-router"))
            change(bill)
            found = sbom_schema.faults_of(json.dumps(bill))
            self.assertTrue(any(words in fault for fault in found), found)

        finds("specVersion", lambda bill: bill.pop("specVersion"))
        finds("specVersion '1.5 ' is none", lambda bill: bill.update(specVersion="1.5 "))
        finds("'bomFormat' is a required property", lambda bill: bill.pop("bomFormat"))
        finds("$.serialNumber", lambda bill: bill.update(serialNumber="1"))
        finds("$.metadata.timestamp", lambda bill: bill["metadata"].update(timestamp="yesterday"))
        finds("$.components[0]", lambda bill: bill["components"][0].pop("type"))
        finds("'colour' was unexpected", lambda bill: bill["components"][0].update(colour="red"))
        finds("$.components", lambda bill: bill["components"].append(bill["components"][0]))
        finds("should be pkg:deb/debian/a%2Bb@1", lambda bill: bill["components"][0].update(purl="pkg:deb/debian/a+b@1"))
        self.assertIn("no bill of materials", sbom_schema.faults_of("x")[0])

    def test_an_engine_that_fails_is_named(self):
        for engine, words in (("/bin/false", "sbom.py: /bin/false image inspect: "), ("/nowhere/engine", "No such file")):
            done = subprocess.run([sys.executable, "-B", SBOM, "x", "--engine", engine], capture_output=True, text=True, timeout=60)
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertIn(words, done.stderr)
            self.assertEqual(done.stderr.count("\n"), 1)


if __name__ == "__main__":
    unittest.main()
