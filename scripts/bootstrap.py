#!/usr/bin/env python3
"""Make the virtual environment at .venv what requirements-dev.txt says; does nothing when it is.

Runs on the bare Python of a fresh machine, and on one that is too old, to say so.
"""

import fcntl
import hashlib
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")
LOCK = os.path.join(ROOT, "requirements-dev.txt")
STAMP = os.path.join(VENV, "laurel.stamp")
WORKS = "import sys, pip; sys.exit(sys.version_info < (3, 11))"


def main():
    if sys.version_info < (3, 11):  # noqa: UP036
        found = ".".join(map(str, sys.version_info[:2]))
        sys.exit("Laurel needs Python 3.11 or newer, this is " + found + ". Try: make PYTHON=python3.12 ...")
    folder = os.open(ROOT, os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX)  # a second set-up waits for the first
    if not works():
        create()
    if stamp() != wanted():
        install()
    subprocess.run([PYTHON, "-m", "config.translations"], cwd=ROOT, check=True)


def works():
    """Whether .venv holds a Python that runs, is new enough and has pip."""
    try:
        return subprocess.run([PYTHON, "-c", WORKS], stderr=subprocess.DEVNULL).returncode == 0
    except OSError:
        return False


def create():
    say("Creating the virtual environment in .venv")
    made = subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], capture_output=True, text=True)
    if made.returncode:
        sys.exit(
            "Python could not create a virtual environment; on Debian: apt-get install python3-venv\n"
            + (made.stdout + made.stderr).strip()
        )


def install():
    say("Installing the locked packages (a few minutes the first time)")
    command = [PYTHON, "-m", "pip", "--disable-pip-version-check", "install", "--require-hashes", "--quiet"]
    if subprocess.run([*command, "-r", LOCK], stdin=subprocess.DEVNULL).returncode:
        sys.exit("The packages could not be installed; the lines above say why. make venv tries again.")
    with open(STAMP, "w") as file:
        file.write(wanted())


def wanted():
    """What the environment is made from: the lock and the Python in it."""
    with open(LOCK, "rb") as file:
        lock = hashlib.sha256(file.read()).hexdigest()
    return lock + " " + os.path.realpath(PYTHON)


def stamp():
    try:
        with open(STAMP) as file:
            return file.read()
    except OSError:
        return ""


def say(message):
    print(message + " ...", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
