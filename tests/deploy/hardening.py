"""Looks into programs for what makes them hard to exploit: python3 hardening.py PROGRAM...

One line per program with what is missing; exit 1 if anything is.  What is looked for:
  PIE           the program lies at an address that nobody knows
  RELRO, NOW    what the dynamic linker filled in cannot be overwritten
  stack         data on the stack cannot be run, and no segment can be both written and run
  canary        a function whose stack was overwritten does not return
  fortify       copies check the size of their target where the compiler knows it
  branches      indirect jumps land only where one is meant to (on x86-64 and where GCC has it)
"""

import re
import subprocess
import sys


def read(program, *options):
    return subprocess.run(["readelf", "-W", *options, program], capture_output=True, text=True, check=True).stdout


def missing(program):
    """What the program lacks, by the names above."""
    header, segments, dynamic, symbols = (read(program, option) for option in ("-h", "-l", "-d", "--dyn-syms"))
    found = {
        "PIE": "DYN" in header and "Flags: " in dynamic and " PIE" in dynamic,
        "RELRO": "GNU_RELRO" in segments,
        "NOW": "BIND_NOW" in dynamic or re.search(r"Flags: .*NOW", dynamic) is not None,
        "stack": re.search(r"GNU_STACK .* RW +0x", segments) is not None and not re.search(r"LOAD .* RWE ", segments),
        "canary": "__stack_chk_fail" in symbols,
        "fortify": re.search(r" __\w+_chk[@ ]", symbols) is not None,
    }
    if "X86-64" in header:
        found["branches"] = marks_branches(program)
    return [name for name, there in found.items() if not there]


def marks_branches(program):
    """Most functions begin with a landing mark; libraries that we link may do without, so that the program's own note tells nothing."""
    code = subprocess.run(["objdump", "-d", "--no-show-raw-insn", program], capture_output=True, text=True, check=True).stdout
    own = re.findall(r"^[0-9a-f]+ <(_ZN\w*8shopwire\w+)>:\n +[0-9a-f]+:\t(\w+)", code, re.MULTILINE)
    marked = sum(first == "endbr64" for _, first in own)
    return marked > 0.5 * len(own) if own else "endbr64" in code


def main():
    failed = 0
    for program in sys.argv[1:]:
        lacks = missing(program)
        failed += bool(lacks)
        print(f"{program}: {'lacks ' + ', '.join(lacks) if lacks else 'hardened'}")
    return 1 if failed or len(sys.argv) < 2 else 0


if __name__ == "__main__":
    sys.exit(main())
