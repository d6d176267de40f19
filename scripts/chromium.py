"""See that the browser tests have a browser: as root on Debian install it, elsewhere say what to do."""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome")
PACKAGES = ["chromium", "fonts-noto-cjk"]


def main() -> None:
    if any(map(shutil.which, NAMES)):
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        install()
    elif os.environ.get("CI"):
        sys.exit("Chromium is missing: install it, the browser tests may not be skipped in CI.")
    else:
        say("Chromium is missing, so the browser tests will be skipped; on Debian: apt-get install chromium.")


def install() -> None:
    say("Installing Chromium for the browser tests ...")
    quiet = {"env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, "stdin": subprocess.DEVNULL}
    for command in (["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", *PACKAGES]):
        if subprocess.run(command, check=False, stdout=subprocess.DEVNULL, **quiet).returncode:
            sys.exit(f"{' '.join(command)} failed; the lines above say why.")


def say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
