"""What would be uploaded to Lambda, zipped, and how many bytes that is: `packages.py PEERS SOURCES BOOTSTRAP...`.

PEERS are the installed peers of the benchmarks, SOURCES their sources, and a BOOTSTRAP is ARCHITECTURE=FILE. Prints a
list of names, architectures and bytes, as JSON. A peer is there twice: with all that it needs, as in a function whose
author pins what runs, and without what AWS's own runtime for its language brings.
"""

import json
import platform
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

# The packages of an authorizer; the first comes with no runtime.
PYTHON = ["PyJWT", "boto3", "awslambdaric"]
NODE = ["jose", "@aws-sdk/client-secrets-manager", "aws-lambda-ric"]
# What pip calls the machines that Lambda runs on.
PLATFORMS = {"x86_64": "manylinux2014_x86_64", "arm64": "manylinux2014_aarch64"}
# What npm installs and nothing runs: sources and build files of a package that npm has compiled, types, maps.
BUILD = ("aws-lambda-ric/deps/", "aws-lambda-ric/src/", "aws-lambda-ric/scripts/", "/node-addon-api/")
NOT_RUN = (".d.ts", ".d.mts", ".d.cts", ".map")
OWN = {"aarch64": "arm64"}.get(platform.machine(), platform.machine())


def zipped(files: Iterable[tuple[Path, str]]) -> int:
    """The size of an archive with these files under these names, as small as the format gets."""
    with tempfile.TemporaryFile() as archive:
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as package:
            for path, name in files:
                package.write(path, name)
        return archive.seek(0, 2)


def below(folder: Path, root: Path) -> Iterator[tuple[Path, str]]:
    return ((path, str(path.relative_to(root))) for path in sorted(folder.rglob("*")) if path.is_file())


def python(names: list[str], architecture: str, peers: Path, sources: Path) -> int:
    """The handler, and these packages with what they need, at the versions of the requirements."""
    lines = (sources / "python/requirements.txt").read_text().splitlines()
    pinned = [line for line in lines if line.split("==")[0] in names]
    folder = peers / "packages" / "-".join([architecture, *pinned])
    if not folder.is_dir():
        install(pinned, PLATFORMS[architecture], folder)
    handler = sources / "python/authorizer.py"
    return zipped([(handler, handler.name), *below(folder, folder)])


def install(packages: list[str], platform: str, folder: Path) -> None:
    """Whole, or not at all."""
    folder.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as fresh:
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
        wheels = ["--only-binary=:all:", "--platform", platform, "--target", f"{fresh}/packages"]
        subprocess.run([*pip, *wheels, *packages], check=True, stdout=sys.stderr)
        Path(fresh, "packages").rename(folder)


def node(names: list[str], peers: Path, sources: Path) -> int:
    """The handler, and these packages with what they need, as npm has installed them."""
    root, handler = peers / "node", sources / "node/authorizer.mjs"
    packages = json.loads((root / "package-lock.json").read_text())["packages"]
    needed: set[str] = set()
    waiting = [("", name) for name in names]
    while waiting:
        at = resolve(packages, *waiting.pop())
        if at is not None and at not in needed:
            needed.add(at)
            waiting += [(at, name) for name in packages[at].get("dependencies", {})]
    # What is in a package's own node_modules is other packages, needed or not.
    own = [(at, file) for at in sorted(needed) for file in below(root / at, root)]
    files = [file for at, file in own if not file[1].startswith(f"{at}/node_modules/") and is_run(file[1])]
    return zipped([(handler, handler.name), *files])


def is_run(name: str) -> bool:
    return not name.endswith(NOT_RUN) and not any(folder in name for folder in BUILD)


def resolve(packages: dict, at: str, name: str) -> str | None:
    """Where a package finds another: in its own folder first, then further up."""
    while True:
        found = f"{at}/node_modules/{name}".lstrip("/")
        if found in packages:
            return found
        if not at:
            return None
        at = at.rpartition("node_modules/")[0].rstrip("/")


def sizes(peers: Path, sources: Path, bootstraps: dict[str, Path]) -> Iterator[tuple[str, str, int]]:
    for architecture, bootstrap in bootstraps.items():
        yield "Tollgate", architecture, zipped([(bootstrap, "bootstrap")])
    for architecture in PLATFORMS:
        yield "Python", architecture, python(PYTHON, architecture, peers, sources)
        own = python(PYTHON[:1], architecture, peers, sources)
        yield "Python, without what the runtime brings", architecture, own
    # Its runtime client is compiled, so npm has it for this machine only; jose runs everywhere.
    yield "Node", OWN, node(NODE, peers, sources)
    for architecture in PLATFORMS:
        yield "Node, without what the runtime brings", architecture, node(NODE[:1], peers, sources)


peers, sources, *bootstraps = sys.argv[1:]
built = {architecture: Path(path) for architecture, path in (it.split("=", 1) for it in bootstraps)}
rows = sizes(Path(peers), Path(sources), built)
json.dump([{"name": name, "architecture": architecture, "bytes": size} for name, architecture, size in rows], sys.stdout)
