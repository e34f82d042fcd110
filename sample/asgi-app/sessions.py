"""Owns sessions: a signed cookie, because the WebSockets of a browser can send no other proof of who is there."""

import hashlib
import hmac
import os
import secrets
from http.cookies import SimpleCookie
from typing import Optional

COOKIE = "session"
# Made when the file is imported, so that all workers of this job know the same one. Give it, to survive a restart.
SECRET = (os.environ.get("SESSION_SECRET") or secrets.token_hex()).encode()


def cookie_for(user: str, path: str) -> str:
    """A Set-Cookie value; scripts and other sites do not get to see it."""
    return "%s=%s.%s; Path=%s; Max-Age=3600; HttpOnly; SameSite=Strict" % (COOKIE, user, _signature(user), path)


def user_of(headers) -> Optional[str]:
    """Who sent a request with these headers of an ASGI scope; None when the cookie is missing or forged."""
    cookies = SimpleCookie()
    for name, value in headers:
        if name == b"cookie":
            cookies.load(value.decode("latin-1"))
    user, _, signature = cookies[COOKIE].value.partition(".") if COOKIE in cookies else ("", "", "")
    return user if user and hmac.compare_digest(signature, _signature(user)) else None


def _signature(user: str) -> str:
    return hmac.new(SECRET, user.encode(), hashlib.sha256).hexdigest()
