"""A sender as its own process, configured by the environment, so that a test can kill it."""

from batang_assets.database import connect
from batang_assets.settings import get_settings
from batang_assets.siapkerja.client import SiapkerjaClient
from batang_assets.siapkerja.sending import send_pending
from batang_assets.vault import KeyRing

if __name__ == "__main__":
    settings = get_settings()
    with connect(settings) as connection, SiapkerjaClient.from_settings(settings) as client:
        send_pending(connection, KeyRing.load(settings.keys), client)
