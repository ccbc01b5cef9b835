"""Time stamps by RFC 3161: somebody else's word on when a signature existed already."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import rfc3161_client
from cryptography import x509

from batang_assets.errors import ConfigurationError, DataError

GRANTED = 0


@dataclass(frozen=True)
class StampRequest:
    """``content``: the DER request to post; ``nonce``: what the answer must repeat."""

    content: bytes
    nonce: int


def stamp_request(signature: bytes) -> StampRequest:
    """A request to stamp SHA-256 of ``signature``, with a nonce, asking for the authority's certificate."""
    builder = rfc3161_client.TimestampRequestBuilder().data(signature)
    builder = builder.hash_algorithm(rfc3161_client.HashAlgorithm.SHA256).nonce(nonce=True)
    request = builder.cert_request(cert_request=True).build()
    assert request.nonce is not None
    return StampRequest(request.as_bytes(), request.nonce)


def stamp_time(response: bytes, signature: bytes, nonce: int) -> datetime:
    """When a DER ``response`` says that ``signature`` existed; its own signature is not checked here.

    Raises DataError if it is none, was not granted, or answers another request.
    """
    try:
        answer = rfc3161_client.decode_timestamp_response(response)
        if answer.status != GRANTED:
            raise DataError("the time stamp authority refuses the request")
        info = answer.tst_info
        fits = info.message_imprint.message == hashlib.sha256(signature).digest() and info.nonce == nonce
    except ValueError:
        raise DataError("the time stamp authority's answer is no RFC 3161 response") from None
    if not fits:
        raise DataError("the time stamp is one for another request")
    return info.gen_time


class StampVerifier:
    """Checks stamps offline against the authority's root certificates (PEM, one or more)."""

    def __init__(self, certificates: Path) -> None:
        try:
            found = x509.load_pem_x509_certificates(certificates.read_bytes())
        except OSError as error:
            raise ConfigurationError(f"{certificates} cannot be read ({error.strerror})") from None
        except ValueError:
            raise ConfigurationError(f"{certificates} holds no PEM certificate") from None
        builder = rfc3161_client.VerifierBuilder()
        for certificate in found:
            builder = builder.add_root_certificate(certificate)
        self._verifier = builder.build()

    def holds(self, response: bytes, signature: bytes) -> bool:
        """Whether ``response`` is a granted stamp of ``signature`` by an authority under those roots."""
        try:
            answer = rfc3161_client.decode_timestamp_response(response)
            return self._verifier.verify_message(answer, signature)
        except (ValueError, rfc3161_client.VerificationError):
            return False
