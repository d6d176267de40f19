"""The supervisor's parts: back-off, traffic, leftovers, the demo's registry, catalogues."""

import json
import os
import subprocess
import sys
from pathlib import Path

import polib
import pytest

from apps.core import demo
from apps.core.supervisor import leftovers, port
from apps.core.supervisor.child import Child
from apps.core.supervisor.supervisor import NeverReady, Supervisor
from apps.core.supervisor.traffic import Traffic
from config import translations
from config.embedded import processes
from config.refusals import CannotRun
from tests.house.servers import lives, wait_until

SLEEP = "import time; print('up', flush=True); time.sleep(60)"
HAVE_A_CHILD = f"""
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", {SLEEP!r}])
print(child.pid, flush=True)
child.wait()
"""


def child(folder: Path, program: str) -> Child:
    return Child("shop", [sys.executable, "-c", program], folder / "shop.log", folder / "shop.json")


def test_early_deaths_wait_longer_each_time_up_to_a_limit(tmp_path: Path) -> None:
    dying = child(tmp_path, "pass")
    dying.start()
    assert [dying.wait_before_next() for _ in range(8)] == [0.5, 1, 2, 4, 8, 16, 30, 30]
    dying.bury()


def test_a_child_that_never_starts_ends_the_start_with_its_last_words(tmp_path: Path) -> None:
    broken = child(tmp_path, "raise SystemExit('no such module')")
    supervisor = Supervisor([broken], Traffic(tmp_path / "access.log"), lambda: None)
    with pytest.raises(NeverReady, match="no such module"):
        supervisor.begin([broken], lambda: False)
    supervisor.stop()
    assert not broken.card.exists()


def test_stopping_ends_what_a_child_started(tmp_path: Path) -> None:
    parent = child(tmp_path, HAVE_A_CHILD)
    parent.start()
    wait_until(lambda: "up" in parent.log.read_text())
    grandchild = int(parent.log.read_text().split()[0])
    Supervisor([parent], Traffic(tmp_path / "access.log"), lambda: None).stop()
    assert not lives(grandchild)
    assert not lives(parent.pid)


def test_leftovers_are_ended_and_strangers_with_their_number_are_not(tmp_path: Path) -> None:
    left = child(tmp_path, SLEEP)
    left.start()
    with subprocess.Popen([sys.executable, "-c", SLEEP], start_new_session=True) as stranger:
        card = {"pid": stranger.pid, "started": "long ago", "name": "web"}
        (tmp_path / "web.json").write_text(json.dumps(card))
        (tmp_path / "beat.json").write_text("{half a ca")
        ending = Supervisor([left], Traffic(tmp_path / "access.log"), lambda: None)
        assert leftovers.end(tmp_path) == ["shop"]
        assert lives(stranger.pid)
        stranger.kill()
    assert not lives(left.pid)
    assert list(tmp_path.glob("*.json")) == []
    ending.stop()


def test_a_process_is_known_by_its_start() -> None:
    assert processes.started(os.getpid()) == processes.started(os.getpid()) != ""
    assert processes.started(2**22 + 1) == ""


def test_traffic_is_summed_up_once(tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    log.write_text("[day] 127.0.0.1 GET /old 200 1000\n")
    traffic = Traffic(log)
    assert traffic.summary() == ""
    with log.open("a") as file:
        file.write("[day] 127.0.0.1 GET /healthz 200 900000\n[day] 127.0.0.1 GET /counter/ 200 41000\n")
        file.write("[day] 127.0.0.1 POST /counter/sale 500 87000\n[day] 127.0.0.1 GET /cut off")
    assert traffic.summary() == "2 requests, 1 errors, slowest 87 ms"
    assert traffic.summary() == ""


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(CannotRun, match=r"Can't listen on 192\.0\.2\.1"):
        port.listen("192.0.2.1", 0)


def test_the_demo_names_its_logins_and_asks_to_be_loaded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "_logins", {})
    monkeypatch.setattr(demo, "_shops", {})
    demo.register_login("clerk", "anna", "secret")
    demo.register_shop("load_demo", lambda: True)
    demo.register_shop("load_more", lambda: False)
    assert demo.logins() == [demo.Login("clerk", "anna", "secret")]
    assert [shop.command for shop in demo.missing_shops()] == ["load_demo"]


def test_catalogues_are_compiled_when_missing_or_of_another_age(tmp_path: Path) -> None:
    source = tmp_path / "zh_Hans" / "LC_MESSAGES" / "django.po"
    source.parent.mkdir(parents=True)
    catalogue = polib.POFile()
    catalogue.metadata = {"Content-Type": "text/plain; charset=utf-8"}
    catalogue.append(polib.POEntry(msgid="Points", msgstr="积分"))
    catalogue.save(str(source))
    assert translations.compile_stale(tmp_path) == [source]
    assert polib.mofile(str(source.with_suffix(".mo"))).find("Points").msgstr == "积分"
    assert translations.compile_stale(tmp_path) == []
    os.utime(source, (1, 1))
    assert translations.compile_stale(tmp_path) == [source]
