"""Alerts against a real SMTP server and a real HTTP server: each once, recoveries, outages, no value."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import dagster as dg
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message
from pydantic import SecretStr

from batang_assets.database import connect
from batang_assets.errors import ConfigurationError, DeliveryError
from batang_assets.partitions import Period
from batang_assets.quality import gate, run_failures
from batang_assets.quality.alerts import notify, quality_alerts
from batang_assets.quality.channels import configured
from batang_assets.settings import Settings, get_settings
from tests.quality import judged

OCTOBER = Period(2026, 10)
CANARY = "KENARI-3325010101990001"
SECRET_PATH = "/kait/rahasia-sekali"
NO_RUNS = dg.DagsterInstance.ephemeral()


class Mailbox(Message):
    """Keeps what an SMTP server received."""

    def __init__(self) -> None:
        super().__init__()
        self.received: list = []

    def handle_message(self, message) -> None:
        self.received.append(message)


class Hook:
    """An HTTP server that keeps what is posted to it, and answers ``status``."""

    def __init__(self) -> None:
        self.received: list[dict] = []
        self.keys: list[str] = []
        self.status = 204
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if hook.status < 300:
                    hook.received.append(json.loads(body))
                    hook.keys.append(self.headers["Idempotency-Key"])
                self.send_response(hook.status)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None: ...

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}{SECRET_PATH}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, str]]:
    box = Mailbox()
    controller = Controller(box, hostname="127.0.0.1", port=_free_port())
    controller.start()
    yield box, f"smtp://127.0.0.1:{controller.port}"
    controller.stop()


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def hook() -> Iterator[Hook]:
    hook = Hook()
    yield hook
    hook.server.shutdown()
    hook.server.server_close()


@pytest.fixture(scope="module")
def house(new_settings: Callable[..., Settings]) -> Settings:
    return new_settings()


@pytest.fixture
def settings(house: Settings, mailbox, hook: Hook) -> Settings:
    """Both channels, and nothing told yet."""
    with connect(house) as conn:
        judged.reset(conn)
        conn.execute("truncate quality.peringatan, quality.peringatan_terkirim")
    return house.model_copy(
        update={
            "alert_webhook_url": SecretStr(hook.url),
            "alert_smtp_url": SecretStr(mailbox[1]),
            "alert_from": "data@batang.example",
            "alert_to": "kadis@batang.example, kabid@batang.example",
        }
    )


def close(settings: Settings) -> None:
    with connect(settings) as conn:
        judged.add_rows(conn, "lamaran", OCTOBER, 20, wrong={"LM_A01": 10})
        judged.plant(conn, "lamaran", "tanggal_lamar", CANARY)
    gate.evaluate(settings, OCTOBER, "lamaran", "uji")


def mend(settings: Settings) -> None:
    with connect(settings) as conn:
        conn.execute("update intermediate.int_lamaran__dinilai set lolos_lm_a01 = true, layak = true")
    assert gate.evaluate(settings, OCTOBER, "lamaran", "uji").lulus


def test_a_closed_gate_and_its_recovery_are_told_once_each(settings, mailbox, hook: Hook) -> None:
    box = mailbox[0]
    assert notify(settings, NO_RUNS) == []
    close(settings)
    assert len(notify(settings, NO_RUNS)) == 2
    assert notify(settings, NO_RUNS) == []
    gate.evaluate(settings, OCTOBER, "lamaran", "dinilai lagi")
    assert notify(settings, NO_RUNS) == []
    (posted,), (mailed,) = hook.received, box.received
    assert posted["kejadian"] == "gangguan"
    assert posted["ringkasan"] == "Gerbang mutu lamaran Oktober 2026 tertutup: LM_A01 (10 dari 20)."
    assert mailed["To"] == "kadis@batang.example, kabid@batang.example"
    assert "Gangguan: gerbang lamaran 2026-10" in mailed["Subject"]
    assert posted["ringkasan"] in mailed.get_payload(decode=True).decode()

    mend(settings)
    notify(settings, NO_RUNS)
    assert [item["kejadian"] for item in hook.received] == ["gangguan", "pulih"]
    assert "Pulih" in box.received[-1]["Subject"]
    assert notify(settings, NO_RUNS) == []
    # Broken again is a new alert.
    with connect(settings) as conn:
        conn.execute("update intermediate.int_lamaran__dinilai set lolos_lm_a01 = false")
    gate.evaluate(settings, OCTOBER, "lamaran", "uji")
    notify(settings, NO_RUNS)
    assert [item["kejadian"] for item in hook.received] == ["gangguan", "pulih", "gangguan"]
    assert len(set(hook.keys)) == 3
    assert CANARY not in json.dumps(hook.received)
    assert not any(CANARY in message.as_string() for message in box.received)


def test_a_channel_that_is_down_gets_it_later_and_the_other_not_twice(settings, mailbox, hook: Hook) -> None:
    hook.status = 503
    close(settings)
    with pytest.raises(DeliveryError, match="webhook answered 503") as caught:
        notify(settings, NO_RUNS)
    assert SECRET_PATH not in str(caught.value)
    assert (len(hook.received), len(mailbox[0].received)) == (0, 1)
    hook.status = 200
    assert len(notify(settings, NO_RUNS)) == 1
    assert (len(hook.received), len(mailbox[0].received)) == (1, 1)


def test_what_ended_before_a_channel_could_hear_of_it_is_not_told_there(
    settings, mailbox, hook: Hook
) -> None:
    hook.status = 500
    close(settings)
    with pytest.raises(DeliveryError):
        notify(settings, NO_RUNS)
    mend(settings)
    hook.status = 200
    notify(settings, NO_RUNS)
    assert hook.received == []
    assert ["Pulih" in message["Subject"] for message in mailbox[0].received] == [False, True]


def test_an_override_ends_the_alert(settings, hook: Hook) -> None:
    close(settings)
    notify(settings, NO_RUNS)
    with connect(settings) as conn:
        gate.open_by_override(conn, OCTOBER, "lamaran", "Kepala Dinas", "Sudah dibahas", settings.now())
    notify(settings, NO_RUNS)
    assert [item["kejadian"] for item in hook.received] == ["gangguan", "pulih"]


def test_a_consolidation_that_does_not_close_is_told(settings, hook: Hook) -> None:
    with connect(settings) as conn:
        conn.execute(
            "insert into quality.neraca (periode, kode, diperiksa, salah, lulus, sidik, run_id)"
            " values ('2026-10-01', 'KO_A01', 6, 2, false, 'x', 'uji')"
        )
    notify(settings, NO_RUNS)
    assert [item["ringkasan"] for item in hook.received] == [
        "Konsolidasi Oktober 2026 tidak seimbang: KO_A01 (2 dari 6)."
    ]


class SourceMadeTrouble(Exception):
    """Its text quotes a row, as a database's would."""


def run(instance: dg.DagsterInstance, month: str, *, fails: bool) -> dg.ExecuteInProcessResult:
    """The job ``utama`` of one month: an asset that may fail, and one below it."""
    partitions = dg.MonthlyPartitionsDefinition("2026-07-01")

    @dg.asset(key=["raw", "lamaran"], partitions_def=partitions)
    def source() -> None:
        if fails:
            raise SourceMadeTrouble(f"duplicate key: {CANARY}")

    @dg.asset(key=["marts", "fct_lamaran"], partitions_def=partitions, deps=[source])
    def mart() -> None: ...

    job = dg.define_asset_job("utama", partitions_def=partitions)
    loaded = dg.Definitions(assets=[source, mart], jobs=[job])
    return loaded.resolve_job_def("utama").execute_in_process(
        instance=instance, partition_key=month, raise_on_error=False
    )


def test_a_failed_run_is_told_once_without_its_text_and_its_months_next_success_ends_it(
    settings, mailbox, hook: Hook
) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        failed = run(instance, "2026-10-01", fails=True)
        assert len(notify(settings, instance)) == 2
        assert notify(settings, instance) == []
        (told,) = hook.received
        assert told["kunci"] == "pekerjaan utama 2026-10-01"
        assert told["ringkasan"] == (
            f"Pekerjaan utama 2026-10-01 gagal: raw/lamaran (SourceMadeTrouble). Run {failed.run_id[:8]}."
        )
        # Another month's success is no recovery, and failing again no news.
        run(instance, "2026-09-01", fails=False)
        run(instance, "2026-10-01", fails=True)
        assert notify(settings, instance) == []
        run(instance, "2026-10-01", fails=False)
        notify(settings, instance)
        assert [item["kejadian"] for item in hook.received] == ["gangguan", "pulih"]
        assert notify(settings, instance) == []
    assert CANARY not in json.dumps(hook.received)
    assert not any(CANARY in message.as_string() for message in mailbox[0].received)


def test_a_failure_that_newer_ones_have_pushed_out_of_sight_has_not_ended(
    settings, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_failures, "LOOKED_AT", 1)
    with dg.DagsterInstance.ephemeral() as instance:
        run(instance, "2026-09-01", fails=True)
        notify(settings, instance)
        run(instance, "2026-10-01", fails=True)
        notify(settings, instance)
    assert [item["kejadian"] for item in hook.received] == ["gangguan", "gangguan"]


def test_unreachable_servers_are_named_without_address_or_password(settings) -> None:
    close(settings)
    gone = settings.model_copy(
        update={
            "alert_webhook_url": SecretStr(f"http://127.0.0.1:{_free_port()}{SECRET_PATH}"),
            "alert_smtp_url": SecretStr(f"smtp://orang:sandi@127.0.0.1:{_free_port()}"),
        }
    )
    with pytest.raises(DeliveryError, match=r"webhook cannot be reached.*e-mail cannot be sent") as caught:
        notify(gone, NO_RUNS)
    assert not any(word in str(caught.value) for word in ("sandi", "rahasia", "127.0.0.1"))


def test_e_mail_named_by_half_is_refused(house: Settings) -> None:
    half = house.model_copy(update={"alert_smtp_url": SecretStr("smtp://127.0.0.1")})
    with pytest.raises(ConfigurationError, match="BATANG_ALERT_FROM"):
        configured(half)


def test_the_sensor_looks_and_starts_no_run(settings, hook: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    close(settings)
    values = {
        "HOME": str(settings.home), "DATABASE_URL": settings.database_url.get_secret_value(),
        "ALERT_WEBHOOK_URL": settings.alert_webhook_url.get_secret_value(),
    }  # fmt: skip
    assert isinstance(quality_alerts(dg.build_sensor_context(instance=NO_RUNS)), dg.SkipReason)
    for name, value in values.items():
        monkeypatch.setenv(f"BATANG_{name}", value)
    get_settings.cache_clear()
    try:
        result = quality_alerts(dg.build_sensor_context(instance=NO_RUNS))
    finally:
        get_settings.cache_clear()
    assert isinstance(result, dg.SkipReason)
    assert result.skip_message == "1 pemberitahuan dikirim."
    assert len(hook.received) == 1
