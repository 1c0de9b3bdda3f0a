"""Where tokens come from, and for whom: the variables that Tollgate's own verifier reads."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """What a token must say, and where the keys are that verify it."""

    issuer: str
    audience: str
    key_file: Path

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """Reads the settings once, at the start. A missing or wrong one stops it, by its name."""

        def read(name: str) -> str:
            value = environment.get(name, "")
            if not value:
                raise SystemExit(f"{name} is not set")
            return value

        scheme, separator, path = read("TOLLGATE_ACCESS_KEY").partition("://")
        if (scheme, separator) != ("file", "://") or not path:
            raise SystemExit("TOLLGATE_ACCESS_KEY must be file://PATH")
        return cls(read("TOLLGATE_ISSUER"), read("TOLLGATE_AUDIENCE"), Path(path))
