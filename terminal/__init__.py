"""衡舵 (Hengduo): a hedging desk that carries itself from screen to screen."""

from __future__ import annotations

__version__ = "0.1.0"
