"""The keys that verify: one secret on each line of a file, the newest first."""

import logging
from base64 import urlsafe_b64encode
from hashlib import sha256
from pathlib import Path

log = logging.getLogger("uvicorn.error")


class KeyRing:
    """The keys of a file, by their `kid`. A key that is added or dropped counts at once."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._seen = self._look()
        self._keys = self._read()

    def get(self, kid: str) -> str | None:
        """The secret with this id. Its UTF-8 bytes are the key."""
        try:
            self._renew()
        except (OSError, ValueError) as error:
            # The last good keys go on serving.
            log.error("the keys could not be read again: %s", error)
        return self._keys.get(kid)

    def _renew(self) -> None:
        seen = self._look()
        if seen != self._seen:
            self._keys = self._read()
            self._seen = seen

    def _look(self) -> tuple[int, int, int]:
        """Who changes the keys replaces the file, so asking for its status is enough."""
        status = self._file.stat()
        if status.st_mode & 0o077:
            raise ValueError(f"others can read {self._file}: chmod 600")
        return status.st_ino, status.st_mtime_ns, status.st_size

    def _read(self) -> dict[str, str]:
        lines = (line.strip() for line in self._file.read_text("utf-8").split("\n"))
        secrets = [line for line in lines if line and not line.startswith("#")]
        if not secrets or any(len(secret.encode()) < 32 for secret in secrets):
            raise ValueError(f"{self._file} needs secrets of at least 32 bytes")
        return {key_id(secret): secret for secret in secrets}


def key_id(secret: str) -> str:
    """The `kid` of a secret: it is derived, so nobody has to agree on names."""
    return urlsafe_b64encode(sha256(secret.encode()).digest()[:8]).decode().rstrip("=")
