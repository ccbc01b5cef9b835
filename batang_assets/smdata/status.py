"""What ``batang status`` says about the package of a period, read from the folder itself."""

from batang_assets.partitions import Period
from batang_assets.settings import Settings
from batang_assets.smdata.package import latest_package, packages_folder
from batang_assets.smdata.verify import verify_package


def package_status(settings: Settings, period: Period) -> dict[str, str | None]:
    """Path of the newest revision, sha256 of its manifest, and whether the package verifies.

    ``signature`` is ``valid`` if every file, the manifest and its signature agree, else ``invalid``; all three
    values are None while the period has no package.
    """
    path = latest_package(packages_folder(settings), settings.kode_wilayah, period)
    if path is None:
        return {"package": None, "manifest_sha256": None, "signature": None}
    check = verify_package(path)
    return {
        "package": str(path),
        "manifest_sha256": check.manifest_sha256,
        "signature": "valid" if check.ok else "invalid",
    }
