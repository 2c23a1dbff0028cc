"""Give the frozen desk a UTF-8 locale where the session names none; runs before everything else (see build.spec).

A program started from a menu or by a service may have no LANG at all. Qt would then warn at each start and read file
names as ASCII.
"""

from __future__ import annotations

import os
import sys

if sys.platform.startswith("linux"):
    named = next((os.environ[name] for name in ("LC_ALL", "LC_CTYPE", "LANG") if os.environ.get(name)), "C")
    if named in {"C", "POSIX"}:
        os.environ["LC_ALL"] = "C.UTF-8"
