"""Calls that block, and what to await instead."""

from __future__ import annotations

_HTTP = "`httpx.AsyncClient`"
_PROCESS = "`asyncio.create_subprocess_exec`"
_FILE = "`anyio.open_file` or `anyio.Path`"

BLOCKING = {
    **{f"requests.{name}": _HTTP for name in ("delete", "get", "head", "options", "patch", "post", "put", "request")},
    **{f"requests.Session().{name}": _HTTP for name in ("delete", "get", "head", "patch", "post", "put", "request")},
    "http.client.HTTPConnection().getresponse": _HTTP,
    "http.client.HTTPConnection().request": _HTTP,
    "http.client.HTTPSConnection().getresponse": _HTTP,
    "http.client.HTTPSConnection().request": _HTTP,
    "urllib.request.urlopen": _HTTP,
    "urllib.request.urlretrieve": _HTTP,
    **{f"subprocess.{name}": _PROCESS for name in ("call", "check_call", "check_output", "run")},
    "subprocess.Popen().communicate": _PROCESS,
    "subprocess.Popen().wait": _PROCESS,
    "subprocess.getoutput": "`asyncio.create_subprocess_shell`",
    "subprocess.getstatusoutput": "`asyncio.create_subprocess_shell`",
    "os.system": "`asyncio.create_subprocess_shell`",
    "socket.create_connection": "`asyncio.open_connection`",
    "socket.getaddrinfo": "the loop's `getaddrinfo`",
    "socket.gethostbyname": "the loop's `getaddrinfo`",
    "MySQLdb.connect": "`aiomysql.connect`",
    "psycopg2.connect": "`psycopg.AsyncConnection.connect`",
    "pymysql.connect": "`aiomysql.connect`",
}
"""A path of the file, where ``()`` is what a call gives, and what there is instead."""

OPINION = {
    "input": "what the test gives itself",
    "open": _FILE,
    "io.open": _FILE,
    "sqlite3.connect": "`aiosqlite.connect`",
    **{f"pathlib.Path().{name}": _FILE for name in ("open", "read_bytes", "read_text", "write_bytes", "write_text")},
}
"""Calls that are over at once in nearly all tests: only for those who ask for them."""

MOCKING_HTTP = frozenset({"betamax", "httpretty", "moto", "pook", "requests_mock", "responses", "respx", "vcr",
                          "pytest_httpserver", "mocket"})  # fmt: skip
"""Libraries, and fixtures of the same names, under which no request goes out."""
