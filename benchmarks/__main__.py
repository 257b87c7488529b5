"""`python -m benchmarks [name …]`: one line for each ratio. docs/benchmarks.md says what of."""

import argparse

from benchmarks import scratch, table
from benchmarks.measure import FULL, TINY
from benchmarks.suite import BENCHMARKS


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(BENCHMARKS))
    parser.add_argument("--tiny", action="store_true", help="see that all run; the ratios are void")
    arguments = parser.parse_args()
    if unknown := [name for name in arguments.names if name not in BENCHMARKS]:
        parser.error(f"no benchmark {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
    print(table.HEADING)
    with scratch.portal():
        for name in arguments.names or BENCHMARKS:
            for row in BENCHMARKS[name](TINY if arguments.tiny else FULL):
                print(table.line(row), flush=True)


if __name__ == "__main__":
    main()
