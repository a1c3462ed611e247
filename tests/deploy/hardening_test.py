"""That hardening.py sees each thing that is missing, by programs that are built without it."""

import subprocess
import tempfile
import unittest
from pathlib import Path

import hardening

SOURCE = """
#include <stdio.h>
#include <string.h>
int main(int argc, char** argv) {
    char text[64];
    strcpy(text, argv[argc - 1]);
    return puts(text) < 0;
}
"""
GOOD = ["-O2", "-fPIE", "-pie", "-fstack-protector-strong", "-fcf-protection=full", "-U_FORTIFY_SOURCE", "-D_FORTIFY_SOURCE=3",
        "-Wl,-z,relro,-z,now,-z,noexecstack"]


class Hardening(unittest.TestCase):
    def lacks(self, *more):
        with tempfile.TemporaryDirectory() as folder:
            source, program = Path(folder) / "a.c", Path(folder) / "a"
            source.write_text(SOURCE)
            subprocess.run(["gcc", *GOOD, *more, "-w", "-o", program, source], check=True)
            return hardening.missing(str(program))

    def test_finds_nothing_missing_where_nothing_is(self):
        self.assertEqual(self.lacks(), [])

    def test_finds_what_is_missing(self):
        for name, flags in {"PIE": ["-no-pie", "-fno-PIE"], "RELRO": ["-Wl,-z,norelro"], "NOW": ["-Wl,-z,lazy"], "stack": ["-Wl,-z,execstack"],
                            "canary": ["-fno-stack-protector", "-U_FORTIFY_SOURCE"], "fortify": ["-U_FORTIFY_SOURCE"]}.items():
            self.assertIn(name, self.lacks(*flags))


if __name__ == "__main__":
    unittest.main()
