"""Ways out for an alert: a webhook (JSON over HTTP) and e-mail (SMTP). Each either delivers or raises."""

import smtplib
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

import httpx

from batang_assets.errors import ConfigurationError, DeliveryError
from batang_assets.settings import Settings

WEBHOOK, MAIL = "webhook", "surel"
PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
TITLES = {"gangguan": "Gangguan", "pulih": "Pulih"}


@dataclass(frozen=True)
class Notice:
    """One event to tell: ``kejadian`` is ``gangguan`` or ``pulih``. Counts and codes only.

    ``number`` is its number in ``quality.peringatan``: the same each time it is tried.
    """

    number: int
    kunci: str
    kejadian: str
    ringkasan: str
    pada: datetime

    @property
    def identity(self) -> str:
        """What tells a receiver that a repeated notice is the same one."""
        return f"batang-{self.number}-{self.pada:%Y%m%d%H%M%S}"


Channel = Callable[[Settings, Notice], None]


def configured(settings: Settings) -> Mapping[str, Channel]:
    """The channels that the settings name; raises ConfigurationError if e-mail is named by half."""
    found: dict[str, Channel] = {}
    if settings.alert_webhook_url:
        found[WEBHOOK] = post
    if settings.alert_smtp_url:
        if not settings.alert_from or not settings.alert_to:
            raise ConfigurationError("BATANG_ALERT_SMTP_URL needs BATANG_ALERT_FROM and BATANG_ALERT_TO")
        found[MAIL] = mail
    return found


def post(settings: Settings, notice: Notice) -> None:
    """Post the notice; raises DeliveryError, without the address, unless the answer is 2xx."""
    assert settings.alert_webhook_url is not None
    body = {
        "id": notice.identity,
        "kejadian": notice.kejadian,
        "kunci": notice.kunci,
        "ringkasan": notice.ringkasan,
        "pada": notice.pada.isoformat(),
        # What chat services show.
        "text": f"{TITLES[notice.kejadian]}: {notice.ringkasan}",
    }
    try:
        answer = httpx.post(
            settings.alert_webhook_url.get_secret_value(),
            json=body,
            headers={"Idempotency-Key": notice.identity},
            timeout=settings.http_timeout_s,
        )
    except httpx.HTTPError as error:
        raise DeliveryError(f"alert webhook cannot be reached: {type(error).__name__}") from None
    if not answer.is_success:
        raise DeliveryError(f"alert webhook answered {answer.status_code}")


def mail(settings: Settings, notice: Notice) -> None:
    """Send the notice by e-mail; raises DeliveryError, without address or password, if the server refuses."""
    assert settings.alert_smtp_url is not None
    assert settings.alert_from is not None
    assert settings.alert_to is not None
    message = EmailMessage()
    message["From"] = settings.alert_from
    message["To"] = ", ".join(address.strip() for address in settings.alert_to.split(","))
    message["Subject"] = f"[Data Ketenagakerjaan Batang] {TITLES[notice.kejadian]}: {notice.kunci}"
    message["Message-ID"] = f"<{notice.identity}@{settings.alert_from.partition('@')[2] or 'batang'}>"
    message["Date"] = notice.pada
    message.set_content(
        f"{notice.ringkasan}\n\nWaktu: {notice.pada:%d-%m-%Y %H.%M} WIB\n"
        "Rincian ada pada Laporan Mutu Data bulan itu. Pesan ini dikirim satu kali.\n"
    )
    try:
        _deliver(settings, message)
    except (smtplib.SMTPException, OSError) as error:
        raise DeliveryError(f"alert e-mail cannot be sent: {type(error).__name__}") from None


def _deliver(settings: Settings, message: EmailMessage) -> None:
    assert settings.alert_smtp_url is not None
    url = urlsplit(settings.alert_smtp_url.get_secret_value())
    if url.scheme not in PORTS or not url.hostname:
        raise ConfigurationError(
            f"BATANG_ALERT_SMTP_URL must begin with {', '.join(PORTS)}:// and name a host"
        )
    port, timeout = url.port or PORTS[url.scheme], settings.http_timeout_s
    context = ssl.create_default_context()
    if url.scheme == "smtps":
        server = smtplib.SMTP_SSL(url.hostname, port, timeout=timeout, context=context)
    else:
        server = smtplib.SMTP(url.hostname, port, timeout=timeout)
    with server:
        if url.scheme == "smtp+starttls":
            server.starttls(context=context)
        if url.username:
            server.login(unquote(url.username), unquote(url.password or ""))
        server.send_message(message)
