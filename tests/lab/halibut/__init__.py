"""Halibut, what a server and a Tentacle speak with each other: its lines, its messages, and the server's side of a health check."""

from __future__ import annotations

from .client import HandshakeError, exchange, thumbprint_at

__all__ = ["HandshakeError", "exchange", "thumbprint_at"]
