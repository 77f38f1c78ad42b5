"""Attacks on the data directory: restored catalogs, the write-ahead log, full disks, deletion, killed processes, modes, the lock."""

import glob
import json
import os
import pathlib
import shutil
import signal
import sqlite3
import stat
import subprocess
import tempfile
import time

from server import Server


def texts_in(folder, needle):
    """Returns the files below the folder that contain these bytes."""
    found = []
    for path in pathlib.Path(folder).rglob("*"):
        if path.is_file() and needle in path.read_bytes():
            found.append(path.name)
    return found


def put(server, key, name, text):
    return server.ask("PUT", f"/v1/documents/{name}?wait=true", key, text.encode(), {"Content-Type": "text/plain"}, timeout=120)[0]


def search(server, key, query, mode="hybrid"):
    status, answer = server.json("POST", "/v1/search", key, {"query": query, "limit": 3, "mode": mode}, timeout=120)
    return status, [(r["document_id"], r["text"]) for r in (answer or {}).get("results", [])]


def attack_restored_catalog():
    with Server() as server:
        key = server.tenant("acme")
        put(server, key, "a", "alpha anchor")
        search(server, key, "anchor")
        server.stop()
        backup = server.folder / "backup.sqlite"
        shutil.copy(server.data / "catalog.sqlite", backup)
        server.start()
        for number in range(5):
            put(server, key, f"later{number}", f"later lighthouse number {number}")
        search(server, key, "lighthouse")
        server.stop()
        for name in ("catalog.sqlite", "catalog.sqlite-wal", "catalog.sqlite-shm"):
            (server.data / name).unlink(missing_ok=True)
        shutil.copy(backup, server.data / "catalog.sqlite")
        verified = server.run("index", "verify", "--tenant", "acme", check=False)
        yield "verify reports an index ahead of its catalog", verified.returncode != 0, f"{verified.returncode} {verified.stdout.strip()[:160]}{verified.stderr.strip()[:160]}"
        server.start()
        key2 = server.key("acme")["key"]
        status, results = search(server, key2, "lighthouse")
        yield "documents missing from the restored catalog are not found", status == 200 and all(d == "a" for d, _ in results), f"{status} {results}"
        for number in range(5):
            put(server, key2, f"new{number}", f"brand new buoy number {number}")
        status, results = search(server, key2, "buoy", "lexical")
        yield "documents uploaded after the restore are found", status == 200 and results and all("buoy" in t for _, t in results), f"{status} {results}"
        status, results = search(server, key2, "lighthouse", "lexical")
        yield "their passages are not returned for other queries", status == 200 and not any("buoy" in t for _, t in results), f"{status} {results}"


def attack_backup_by_copy():
    with Server() as server:
        key = server.tenant("acme")
        put(server, key, "a", "alpha anchor")
        server.stop()
        left = [p.name for p in server.data.glob("catalog.sqlite-wal") if p.stat().st_size]
        yield "a clean shutdown leaves the write-ahead log empty", not left, f"{left}"
        copied = pathlib.Path(tempfile.mkdtemp(prefix="contextd-copy-"))
        shutil.copy(server.data / "catalog.sqlite", copied / "catalog.sqlite")
        rows = sqlite3.connect(copied / "catalog.sqlite").execute("SELECT count(*) FROM document").fetchone()
        yield "the copied file contains the document", rows == (1,), f"{rows}"
        shutil.rmtree(copied)
        server.run("tenant", "create", "other")
        left = [p.name for p in server.data.glob("catalog.sqlite-wal") if p.stat().st_size]
        yield "a command leaves the write-ahead log empty", not left, f"{left}"


def attack_wal_bit():
    with Server() as server:
        key = server.tenant("acme")
        for number in range(10):
            put(server, key, f"d{number}", f"document number {number} of the sea")
        server.kill()
        wal = server.data / "catalog.sqlite-wal"
        size = wal.stat().st_size if wal.exists() else 0
        if size == 0:
            yield "the write-ahead log was already empty", True, "no bit to flip"
            return
        data = bytearray(wal.read_bytes())
        data[len(data) // 3] ^= 1
        wal.write_bytes(data)
        server.start()
        alive = server.is_alive
        said = server.log.read_text()
        statuses = [server.ask("GET", f"/v1/documents/d{n}", key)[0] for n in range(10)] if alive else []
        lost = [s for s in statuses if s != 200]
        told = any(word in said for word in ("damage", "corrupt", "lost", "checksum"))
        yield "a flipped bit in the write-ahead log is reported", told or not (lost or not alive), f"alive {alive}, statuses {statuses}, reported {told}"


def attack_catalog_bits():
    with Server() as server:
        key = server.tenant("acme")
        for number in range(20):
            put(server, key, f"d{number}", f"document number {number} of the quiet sea with a needle{number}needle " * 20)
        server.stop()
        file = server.data / "catalog.sqlite"
        data = bytearray(file.read_bytes())
        place = data.find(b"needle7needle")
        places = []
        while place >= 0:
            places.append(place)
            place = data.find(b"needle7needle", place + 1)
        for place in places:
            data[place + 2] ^= 2
        file.write_bytes(data)
        verified = server.run("catalog", "verify", check=False)
        yield "catalog verify finds a changed byte", verified.returncode == 1, f"{verified.returncode} {(verified.stdout + verified.stderr).strip()[:200]}"
        server.start()
        status, _, text = server.ask("GET", "/v1/documents/d7/content", key)
        yield "a changed byte is not served", status >= 500 or b"ne" not in text or b"needle7needle" in text, f"{status} {text[:80]}"
        yield "other documents are served", server.ask("GET", "/v1/documents/d3/content", key)[0] == 200, ""


def attack_deaths():
    with Server() as server:
        key = server.tenant("acme")
        body = ("A long text of the sea and its harbours. " * 4000).encode()
        for death in range(5):
            if death == 0:
                names = []
                for number in range(32):
                    status, answer = server.json("PUT", f"/v1/documents/d{number}", key, body + str(number).encode(), headers={"Content-Type": "text/plain"})
                    names.append(answer["job_id"] if status == 202 else None)
            time.sleep(0.5)
            server.kill()
            server.start()
        deadline = time.monotonic() + 400
        while time.monotonic() < deadline:
            states = [server.json("GET", f"/v1/jobs/{name}", key)[1] for name in names]
            stages = [s.get("stage") or s.get("status") for s in states]
            if all(s in ("ready", "failed") for s in stages):
                break
            time.sleep(1)
        yield "uploads survive five kills", stages.count("ready") == 32, f"{ {s: stages.count(s) for s in set(stages)} }"


def attack_deletion():
    with Server() as server:
        key = server.tenant("acme")
        other = server.tenant("other")
        put(server, other, "x", "other text")
        put(server, key, "a", "secret SWORDFISH passage")
        put(server, key, "b", "second document")
        server.ask("DELETE", "/v1/documents/a", key)
        time.sleep(3)
        found = [n for n in texts_in(server.data, b"SWORDFISH") if "catalog" in n]
        yield "a deleted document is in no file of the catalog", not found, f"{found}"
        put(server, key, "c", "third HADDOCK passage")
        server.run("tenant", "delete", "acme")
        time.sleep(3)
        found = texts_in(server.data, b"HADDOCK") + texts_in(server.data, b"haddock")
        yield "a deleted tenant is in no file", not found, f"{found}"


def attack_full_disk():
    mount = pathlib.Path(tempfile.mkdtemp(prefix="contextd-full-"))
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", str(mount)]).returncode != 0:
        yield "cannot mount a tmpfs", True, "skipped"
        return
    server = Server(folder=mount / "s")
    (mount / "s").mkdir()
    server.log = pathlib.Path(tempfile.mktemp(prefix="contextd-log-"))
    try:
        server.start()
        key = server.tenant("acme")
        put(server, key, "kept", "the kept anchor")
        filler = mount / "filler"
        with open(filler, "wb", buffering=0) as file:
            try:
                while True:
                    file.write(b"x" * 4096)
            except OSError:
                pass
        begun = time.monotonic()
        statuses = []
        for number in range(6):
            statuses.append(server.ask("PUT", f"/v1/documents/f{number}", key, os.urandom(1 << 20).hex().encode(), {"Content-Type": "text/plain"}, timeout=60))
        spent = time.monotonic() - begun
        yield "a write fails with 507 immediately", statuses[-1][0] == 507 and spent < 12, f"{[s[0] for s in statuses]} in {spent:.1f} s, {statuses[-1][2][:200]}"
        status, results = search(server, key, "anchor")
        yield "searches still work", status == 200 and bool(results), f"{status} {results}"
        ready = server.ask("GET", "/health/ready")
        yield "readiness reports the full disk", b"stor" in ready[2] or ready[0] != 200, f"{ready[0]} {ready[2][:200]}"
        status = server.ask("DELETE", "/v1/documents/kept", key, timeout=60)[0]
        yield "a document can be deleted", status == 204, f"{status}"
        put_status = None
        server.run("tenant", "create", "gone", check=False)
        deleted = server.run("tenant", "delete", "acme", check=False)
        yield "a tenant can be deleted", deleted.returncode == 0, f"{deleted.returncode} {deleted.stderr[:200]}"
        server.kill()
        listens = server.start()
        yield "the server starts on a full disk", listens, f"{listens}"
        filler.unlink()
        key = server.tenant("acme")
        deadline = time.monotonic() + 20
        status = None
        while time.monotonic() < deadline and status != 200:
            status = put(server, key, "again", "room again")
            time.sleep(0.5)
        yield "the server recovers without a restart", status == 200, f"{status}"
    finally:
        server.kill()
        subprocess.run(["umount", str(mount)])


def attack_read_only():
    mount = pathlib.Path(tempfile.mkdtemp(prefix="contextd-ro-"))
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200m", "tmpfs", str(mount)]).returncode != 0:
        yield "cannot mount a tmpfs", True, "skipped"
        return
    (mount / "s").mkdir()
    server = Server(folder=mount / "s")
    server.log = pathlib.Path(tempfile.mktemp(prefix="contextd-log-"))
    try:
        server.start()
        key = server.tenant("acme")
        put(server, key, "kept", "the kept anchor")
        search(server, key, "anchor")
        server.stop()
        subprocess.run(["mount", "-o", "remount,ro", str(mount)])
        listens = server.start()
        yield "the server starts on a read-only file system", listens, f"{listens} {server.log.read_text()[-200:]}"
        if listens:
            status, results = search(server, key, "anchor")
            yield "searches work on a read-only file system", status == 200 and bool(results), f"{status} {results}"
            answer = server.ask("PUT", "/v1/documents/x", key, b"text", {"Content-Type": "text/plain"}, timeout=20)
            yield "a write fails with a clear error", answer[0] in (503, 507), f"{answer[0]} {answer[2][:200]}"
            seconds, status = server.stop()
            yield "the server stops on a read-only file system", status == 0, f"{seconds} {status}"
    finally:
        server.kill()
        subprocess.run(["umount", str(mount)])


def attack_modes():
    with Server() as server:
        server.tenant("acme")
        server.stop()
        os.chmod(server.data, 0o755)
        for file in server.data.iterdir():
            if file.is_file():
                os.chmod(file, 0o644)
        listens = server.start()
        modes = {p.name: oct(stat.S_IMODE(p.stat().st_mode)) for p in [server.data, *server.data.iterdir()]}
        open_ones = {n: m for n, m in modes.items() if int(m, 8) & 0o077}
        directory_closed = not stat.S_IMODE(server.data.stat().st_mode) & 0o077
        yield "permissive modes are tightened or rejected", not listens or (directory_closed and not open_ones), f"listens {listens}, {modes}"
        if listens:
            (server.data / "lock").unlink(missing_ok=True)
            second = Server(folder=server.folder)
            second.log = server.folder / "log2"
            took = second.start(wait=20)
            yield "the lock holds after its file is deleted", not took, f"second listens: {took}"
            second.kill()
