"""Prints the block of docs/formats.md that lists the files."""

from navac.results.documentation import documentation

if __name__ == "__main__":
    print(documentation())
