"""Tables, and users in them with an address that was verified: `python make_users.py COUNT`."""

from __future__ import annotations

import sys

import django  # pyright: ignore[reportMissingImports]

django.setup()

from allauth.account.models import EmailAddress  # noqa: E402  # pyright: ignore
from django.contrib.auth.models import User  # noqa: E402  # pyright: ignore
from django.core.management import call_command  # noqa: E402  # pyright: ignore
from django.db import connection  # noqa: E402  # pyright: ignore

call_command("migrate", verbosity=0)
addresses = [f"voter-{number:08}@example.org" for number in range(int(sys.argv[1]))]
PASSWORD = "pbkdf2_sha256$1000000$PNcRJ9VKDY9BYFGmEZyXAq$" + "0" * 43 + "="
users = User.objects.bulk_create(
    [User(username=each, email=each, password=PASSWORD) for each in addresses], batch_size=5000
)
EmailAddress.objects.bulk_create(
    [EmailAddress(user=each, email=each.email, verified=True, primary=True) for each in users],
    batch_size=5000,
)
with connection.cursor() as cursor:
    cursor.execute("ANALYZE")
