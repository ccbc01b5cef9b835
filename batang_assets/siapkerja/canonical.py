"""One way to write JSON, so that equal content has equal bytes."""

import json
from typing import Any


def canonical_json(value: Any) -> bytes:
    """UTF-8 JSON with sorted keys and no spaces."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def without_nulls(data: dict[str, Any]) -> dict[str, Any]:
    """``data`` without its null members: an absent field and a null one say the same."""
    return {key: value for key, value in data.items() if value is not None}
