"""The centre as the tests see it: a sandbox process, asked with a signature written from the contract's text."""

import hashlib
import hmac
import subprocess
import sys
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

SECRET = "rahasia-uji-kirim"


class Pusat:
    """One running sandbox."""

    def __init__(self, folder: Path, faults: str, *options: str) -> None:
        folder.mkdir()
        self.client_id = "disnaker-uji"
        secret = folder / "rahasia"
        secret.write_text(SECRET)
        arguments = ["--store", str(folder / "pusat.sqlite"), "--client-id", self.client_id, "--port", "0"]
        arguments += ["--client-secret-file", str(secret), "--unknown-nik-rate", "0", *options]
        if faults:
            arguments += ["--faults", faults]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "batang_assets.sandbox.siapkerja", *arguments],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().split()[1]

    def stop(self) -> None:
        self.process.terminate()
        self.process.communicate(timeout=20)

    def holds(self, domain: str) -> dict[str, dict[str, Any]]:
        """Every row of a domain that came from the regency, by id_daerah."""
        rows: list[dict[str, Any]] = []
        page, last = 1, 1
        while page <= last:
            answer = self.ask(f"/integrasi/v1/{domain}?kode_wilayah=3325&page={page}&limit=500")
            rows += answer["data"]
            last, page = answer["meta"]["last_page"], page + 1
        return {row["id_daerah"]: row for row in rows if row["sumber"] == "daerah"}

    def versions(self, domain: str) -> dict[str, tuple[int, bool]]:
        """id_daerah → (version, withdrawn)."""
        return {key: (row["versi"], row["ditarik"]) for key, row in self.holds(domain).items()}

    def ask(self, target: str) -> Any:
        """A signed GET; the faults of the sandbox are met by asking again."""
        for _ in range(50):
            try:
                answer = self._ask(target)
            except httpx.TransportError:
                continue
            if answer.status_code == 200:
                return answer.json()
        raise AssertionError("the sandbox does not answer")

    def _ask(self, target: str) -> httpx.Response:
        form = {"grant_type": "client_credentials", "client_id": self.client_id, "client_secret": SECRET}
        sign_on = httpx.post(f"{self.url}/oauth/token", data={**form, "scope": "integrasi.daerah"})
        if sign_on.status_code != 200:
            return sign_on
        request_id, stamp = str(uuid.uuid4()), datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        empty = hashlib.sha256(b"").hexdigest()
        text = f"GET\n{target}\n{self.client_id}\n{request_id}\n{stamp}\n{empty}"
        return httpx.get(
            self.url + target,
            headers={
                "Authorization": f"Bearer {sign_on.json()['access_token']}",
                "X-Client-Id": self.client_id,
                "X-Request-Id": request_id,
                "X-Timestamp": stamp,
                "X-Signature": hmac.new(SECRET.encode(), text.encode(), "sha256").hexdigest(),
            },
        )
