"""The cell magic of the pages: shell commands, shown as a terminal would show them.

``%%console`` runs each line and prints it with its output; ``%%console 1`` expects the last line
to end with status 1. A command that ends otherwise fails the build. The folder of the page,
another one at each build, is shown as ``/data``.
"""

from __future__ import annotations

import os
import subprocess

from IPython.core.interactiveshell import InteractiveShell


def console(line: str, cell: str) -> None:
    """Run the lines of a cell; print them, and what they print, as one block."""
    # The kernel asks for colours; a page is no terminal, and about 88 columns wide.
    environment = {name: value for name, value in os.environ.items() if name != "FORCE_COLOR"}
    environment["COLUMNS"] = "88"
    commands = cell.strip().splitlines()
    transcript = ""
    for number, command in enumerate(commands, start=1):
        done = subprocess.run(
            ["bash", "-c", command],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        transcript += f"$ {command}\n{done.stdout}"
        expected = int(line or 0) if number == len(commands) else 0
        if done.returncode != expected:
            raise RuntimeError(f"status {done.returncode}, not {expected}:\n{transcript}")
    print(transcript.replace(os.getcwd(), "/data"), end="")


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Register the magic."""
    shell.register_magic_function(console, "cell")
