"""What a browser gets from a listening Tentacle (tentacle.md 8.1, "Friendly page")."""

from __future__ import annotations

_BODY = """
<!doctype html>
<html>
<head>
    <meta charset='utf8'>
    <meta http-equiv='x-ua-compatible' content='ie=edge'>
    <title>Octopus Tentacle</title>
    <style type='text/css'>
        body {
            font-family: 'Segoe UI', 'Open Sans', 'Helvetica Neue', Helvetica, Arial, sans-serif;
            font-size: 10pt;
        }

        h1 {
            font-size: 15pt;
            font-weight: 400;
            margin-top: 7pt;
            margin-bottom: 7pt;
        }
    </style>
</head>
<body>
    <h1>Octopus Tentacle configured successfully</h1>
    <p>If you can view this page, your Octopus Tentacle is configured and ready to accept deployment commands.</p>
    <p>This landing page is displayed when no X509 certificate is provided. Only Octopus Servers with a trusted certificate can control \
this Tentacle.</p>
</body>
</html>"""

_HEADERS = (
    "HTTP/1.0 200 OK",
    "Content-Type: text/html; charset=utf-8",
    f"Content-Length: {len(_BODY.encode())}",
    "Content-Security-Policy: default-src 'none'; style-src 'sha256-Og27Evh417GekW0LSWwdTR+KDPHniSjRY3CDgH5olCw='; img-src 'self'",
    "Referrer-Policy: no-referrer",
    "X-Content-Type-Options: nosniff",
    "X-Frame-Options: DENY",
    "X-XSS-Protection: 1; mode=block",
    "Strict-Transport-Security: max-age=31536000",
)

FRIENDLY_PAGE = ("\r\n".join(_HEADERS) + "\r\n\r\n" + _BODY + "\r\n\r\n").encode()
