"""Settings of `make demo`: as production, but on this machine only, over plain HTTP, with mails shown, not sent."""

from pathlib import Path

from config.settings.base import *
from config.settings.base import env

SHOW_OUTBOX = True
OUTBOX = Path(env.str("OUTBOX"))
EMAIL_BACKEND = "config.outbox.Backend"
# Loopback needs no certificate, and browsers treat *.localhost as secure: passkeys work all the same.
