"""The built wheel: what is in it, and that it works away from the checkout."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from graphql_api.schema.executable import sdl

ROOT = Path(__file__).parents[2]
PACKAGES = ("core", "adapters", "graphql_api")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """Built offline, by the build backend of this environment."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def clean(wheel, tmp_path_factory) -> Path:
    """The `bin` of an environment that holds the wheel, and of this environment the dependencies
    alone: a plain path in a `.pth` file does not bring the editable checkout along."""
    folder = tmp_path_factory.mktemp("clean")
    venv.create(folder, symlinks=True)
    python = folder / "bin" / "python"
    options = ["--no-deps", "--no-index", "--no-compile", "--quiet"]
    install = [sys.executable, "-m", "pip", "--python", python, "install", *options, wheel]
    subprocess.run(install, check=True, capture_output=True)
    (site_packages,) = folder.glob("lib/python*/site-packages")
    (site_packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python.parent


def run(clean: Path, cwd: Path, *command: str, **environment: str) -> subprocess.CompletedProcess:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("REASSORT_", "PYTHON")) and name != "DATABASE_URL"
    }
    return subprocess.run(
        [clean / command[0], *command[1:]],
        cwd=cwd,
        env={**kept, "COLUMNS": "200", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_contents(wheel):
    """The wheel holds every file of the three packages, data files included, and nothing else."""
    with zipfile.ZipFile(wheel) as archive:
        inside = {name for name in archive.namelist() if ".dist-info/" not in name}
    here = {
        str(file.relative_to(ROOT))
        for package in PACKAGES
        for file in (ROOT / package).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    assert inside == here
    assert inside >= {
        "adapters/store/migrations/0001_first.sql",
        "adapters/captcha/assets/sprites.zip",
        "adapters/captcha/assets/clips.zip",
        "adapters/email/templates/fr/link.html",
        "adapters/email/templates/en/link.txt",
        "adapters/sms/templates/password.fr.txt",
        "adapters/sms/templates/last_password.en.txt",
        "graphql_api/schema/locales/fr.json",
        "graphql_api/schema/locales/en.json",
        "graphql_api/schema/codes.json",
        "graphql_api/sample_register.csv",
        *(f"{package}/py.typed" for package in PACKAGES),
    }


def test_metadata(wheel):
    """The wheel names its command and its licence."""
    with zipfile.ZipFile(wheel) as archive:
        (entry_points,) = (n for n in archive.namelist() if n.endswith("entry_points.txt"))
        assert "reassort = graphql_api.__main__:main" in archive.read(entry_points).decode()
        assert any(name.endswith("licenses/LICENSE") for name in archive.namelist())


def test_command_of_the_wheel(clean, tmp_path):
    """The installed command runs from its own files, with its data: schema, pictures, e-mails."""
    where = run(clean, tmp_path, "python", "-c", "import core; print(core.__file__)")
    assert str(clean.parent) in where.stdout, where.stderr
    printed = run(clean, tmp_path, "reassort", "schema")
    assert (printed.returncode, printed.stdout) == (0, sdl()), printed.stderr


def test_deployment_of_the_wheel(clean, tmp_path):
    """A deployment is made from the wheel alone: key, database, register, and a doctor who finds
    nothing to mend but what is for trials."""
    key = run(clean, tmp_path, "reassort", "new-key").stdout.strip()
    environment = {
        "REASSORT_KEYS": key,
        "REASSORT_DATA_DIR": "data",
        "REASSORT_EMAIL": "inbox",
        "REASSORT_SMS": "inbox",
        "REASSORT_VOTING_ROUNDS": '[{"id": "a", "opens_at": "2020-01-01T00:00:00Z",'
        ' "closes_at": "2099-01-01T00:00:00Z"}]',
    }
    assert run(clean, tmp_path, "reassort", "migrate", **environment).returncode == 0
    sample = clean.parent.glob("lib/python*/site-packages/graphql_api/sample_register.csv")
    imported = run(clean, tmp_path, "reassort", "import-register", *map(str, sample), **environment)
    assert imported.returncode == 0, imported.stderr
    examined = run(clean, tmp_path, "reassort", "doctor", **environment)
    assert examined.returncode == 0, examined.stdout + examined.stderr
    assert "register: answers" in examined.stdout


@pytest.mark.parametrize("package", ["core", "adapters"])
def test_collision(clean, tmp_path, package):
    """When another distribution's package stands in for ours, importing says so in a sentence that
    names the package, the place and the remedy."""
    stranger = tmp_path / "stranger" / package
    stranger.mkdir(parents=True)
    (stranger / "__init__.py").write_text("VERSION = 1\n")
    met = run(clean, tmp_path, "reassort", "schema", PYTHONPATH=str(stranger.parent))
    assert met.returncode == 1
    said = met.stderr.splitlines()[-1]
    assert said.startswith(f"ImportError: the package `{package}` found in {stranger} is not")
    assert "an environment of its own" in said


def test_collision_with_a_folder(clean, tmp_path):
    """A mere folder named `core`, found first, does not hide ours: a package goes before it."""
    (tmp_path / "core").mkdir()
    assert run(clean, tmp_path, "reassort", "schema", PYTHONPATH=str(tmp_path)).returncode == 0


def test_doctor_on_a_collision(clean, tmp_path):
    """When two distributions have mixed their files in one package, `doctor` names the other."""
    metadata = tmp_path / "site" / "other_core-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: other-core\nVersion: 1.0\n")
    (metadata / "top_level.txt").write_text("core\n")
    (metadata / "RECORD").write_text("core/theirs.py,,\n")
    environment = {
        "REASSORT_KEYS": run(clean, tmp_path, "reassort", "new-key").stdout.strip(),
        "REASSORT_EMAIL": "inbox",
        "REASSORT_SMS": "inbox",
        "PYTHONPATH": str(metadata.parent),
    }
    examined = run(clean, tmp_path, "reassort", "doctor", **environment)
    assert examined.returncode == 1
    assert re.search(r"packages: `core` is also installed by other-core", examined.stdout)


def test_every_package_says_whose_it_is():
    """What the check at import looks at is there, in each package."""
    import adapters
    import core
    import graphql_api

    for package in (core, adapters, graphql_api):
        assert package.DISTRIBUTION == "reassort"


def test_collision_in_this_process(monkeypatch):
    """The check itself: a package that is not ours is refused by name."""
    import core
    import graphql_api

    monkeypatch.setattr(core, "DISTRIBUTION", "another")
    with pytest.raises(
        ImportError, match=r"the package `core` found in .* is not reassort's"
    ) as met:
        graphql_api._refuse_strangers()
    assert met.value.name == "core"
