#!/usr/bin/env python3
"""An exporter of Braze Currents events to Amplitude, as small as it can be and conform.

An example of a subject for the conformance suite, in a language that the suite is
not written in; standard library only. Not for production: it has one sender, looks
at the oldest 5000 events only, and has no metrics.

It is told by its environment:
  AMPLITUDE_URL, AMPLITUDE_API_KEY   where to deliver, without a path
  CURRENTS_LISTEN                    host:port to take POST /events at
  CURRENTS_STATE_DIR                 directory for the queue, which outlives the process
"""
import argparse
import http.client
import http.server
import json
import os
import pathlib
import random
import signal
import sqlite3
import sys
import threading
import time
import urllib.error
import urllib.request

# An archive of a release has the catalog beside this file.
HERE = pathlib.Path(__file__)
CATALOG = HERE.with_name("catalog.json")
if not CATALOG.is_file():
    CATALOG = HERE.parents[3] / "fixtures" / "catalog.json"
TYPES = json.loads(CATALOG.read_text())["types"]
ALIASES = {alias: name for name, t in TYPES.items() for alias in t.get("aliases", [])}
NEVER_VALID = {"", "anonymous", "nil", "none", "null", "n/a", "na", "undefined", "unknown",
               "{}", "lmy47d", "0", "-1", "00000000-0000-0000-0000-000000000000"}
LARGEST_EVENT = 900 << 10  # Braze drops larger ones
MOST_EVENTS, MOST_BYTES = 500, 950_000  # in one request
PER_DEVICE = 25  # events of one device or user in one request
CUSTOM = {"users.behaviors.CustomEvent": ("custom_properties", "[Custom event property] "),
          "users.behaviors.Purchase": ("purchase_properties", "[Purchase property] ")}

# Texts of a 400 or 413 that Amplitude has published; with any other the answer is a gateway's.
PUBLISHED = {"Invalid JSON request body", "Invalid event JSON", "Request missing required field",
             "Invalid field values on some events", "Invalid id length for user_id or device_id",
             "Events silenced for device_id", "Payload too large"}


# --- mapping: a Currents event becomes an Amplitude event, or None ------------------

def usable(an_id):
    return an_id if isinstance(an_id, str) and an_id.lower() not in NEVER_VALID else None


def sources(notation):
    """The storage field that a property comes from, where that has another name."""
    return [word[len("from:"):] for word in notation.split() if word.startswith("from:")]


def mapped(event):
    name = event.get("event_type")
    name = ALIASES.get(name, name) if isinstance(name, str) else None
    table = TYPES.get(name)
    user, given = event.get("user"), event.get("properties")
    if not table or not table["title"] or not isinstance(user, dict) or not isinstance(given, dict):
        return None
    if not isinstance(event.get("id"), str) or type(event.get("time")) is not int:
        return None
    top = table.get("top_level", {})
    out = {"event_type": "[Appboy] " + table["title"].replace("<name>", str(given.get("name", ""))),
           "insert_id": event["id"], "time": event["time"] * 1000, "library": "Braze"}
    ids = {"user_id": usable(user.get("external_user_id")),
           "device_id": usable(user.get("device_id")) if "device_id" in top else None}
    if not any(ids.values()):
        return None
    out.update({k: v for k, v in ids.items() if v})
    ad = {"ios_idfa": "idfa", "google_ad_id": "adid"}.get(given.get("ad_id_type"))
    for member, value in ((ad, given.get("ad_id")), ("productId", given.get("product_id")), ("price", given.get("price"))):
        if member in top and value is not None:
            out[member] = value
    stored = {"timezone": user.get("timezone"), **given, "user_id": user.get("user_id")}
    properties = {p: stored[n] for p, notation in table["properties"].items()
                  for n in (p, *sources(notation)) if stored.get(n) is not None}
    member, prefix = CUSTOM.get(name, ("", ""))
    if isinstance(given.get(member), dict):
        properties.update({prefix + k: v for k, v in given[member].items()})
    return {**out, "event_properties": properties}


def whole(value):
    """The value with U+FFFD where its text holds half of a surrogate pair, which is not Unicode."""
    if isinstance(value, str):
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if isinstance(value, dict):
        return {whole(k): whole(v) for k, v in value.items()}
    return [whole(v) for v in value] if isinstance(value, list) else value


# --- queue: what was taken is on disk before it is answered 200 ---------------------

class Queue:
    def __init__(self, directory):
        path = os.path.join(directory, "queue.db") if directory else ":memory:"
        self.db = sqlite3.connect(path, check_same_thread=False)
        self.db.execute("CREATE TABLE IF NOT EXISTS events (seq INTEGER PRIMARY KEY, device TEXT, user TEXT, body TEXT)")
        self.lock = threading.Lock()
        self.filled = threading.Event()

    def put(self, events):
        rows = [(e.get("device_id"), e.get("user_id"), json.dumps(e)) for e in map(whole, events)]
        rows = [r for r in rows if len(r[2]) <= LARGEST_EVENT]
        with self.lock, self.db:
            self.db.executemany("INSERT INTO events (device, user, body) VALUES (?, ?, ?)", rows)
        self.filled.set()

    def oldest(self):
        with self.lock:
            return self.db.execute("SELECT seq, device, user, body FROM events ORDER BY seq LIMIT 5000").fetchall()

    def done(self, rows):
        with self.lock, self.db:
            self.db.executemany("DELETE FROM events WHERE seq = ?", [(r[0],) for r in rows])

    def __len__(self):
        with self.lock:
            return self.db.execute("SELECT count(*) FROM events").fetchone()[0]


# --- delivery: one sender; what has to wait stays in the queue, in its place --------

class Sender(threading.Thread):
    def __init__(self, queue, options):
        super().__init__(daemon=True)
        self.queue, self.options = queue, options
        self.url = os.environ["AMPLITUDE_URL"].rstrip("/") + "/2/httpapi"
        self.key = os.environ["AMPLITUDE_API_KEY"]
        self.waits = {}  # id -> when it may be sent again
        self.resume = 0.0  # when anything may be sent again
        self.failures = 0  # in a row
        self.size = MOST_EVENTS  # halved while the event at fault is searched for

    def run(self):
        while True:
            self.queue.filled.clear()
            now = time.monotonic()
            rows = self.batch(now) if now >= self.resume else []
            if rows:
                self.send(rows)
            else:
                pending = [t - now for t in (self.resume, *self.waits.values()) if t > now]
                self.queue.filled.wait(min(pending, default=1.0))

    def batch(self, now):
        """The oldest events that may be sent. Nothing overtakes an event of its device."""
        self.waits = {i: t for i, t in self.waits.items() if t > now}
        rows, bytes_, blocked, counts = [], 0, set(), {}
        for row in self.queue.oldest():
            _, device, user, body = row
            lane = ("device", device) if device else ("user", user)
            ids = [i for i in (("device", device), ("user", user)) if i[1]]
            if lane in blocked:
                continue
            if any(i in self.waits or counts.get(i, 0) >= PER_DEVICE for i in ids):
                blocked.add(lane)
                continue
            if rows and bytes_ + len(body) > MOST_BYTES or len(rows) >= self.size:
                break
            rows.append(row)
            bytes_ += len(body) + 1
            for i in ids:
                counts[i] = counts.get(i, 0) + 1
        return rows

    def send(self, rows):
        body = '{"api_key":%s,"options":{"min_id_length":1},"events":[%s]}' % (
            json.dumps(self.key), ",".join(r[3] for r in rows))
        status, answer = self.post(body.encode())
        self.react(rows, status, answer)

    def post(self, body):
        request = urllib.request.Request(self.url, body, {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=20) as response:
                return response.status, read(response)
        except urllib.error.HTTPError as error:
            return error.code, read(error)
        except (OSError, ValueError, http.client.HTTPException):
            return 0, {}

    def react(self, rows, status, answer):
        now = time.monotonic()
        if status // 100 != 5 and not is_amplitudes(status, answer):
            self.back_off(now, first=0.5, longest=8.0)  # a proxy or a firewall: nobody has looked at the events
        elif status == 200:
            self.queue.done(rows)
            self.failures, self.size = 0, min(MOST_EVENTS, self.size * 2)
            if self.options.limiter:
                for _, device, user, _ in rows:
                    self.waits.update({i: now + 1.0 for i in (("device", device), ("user", user)) if i[1]})
        elif status == 429 and self.park(rows, answer, now):
            self.failures = 0
        elif status == 400 and is_about_the_key(answer):
            self.back_off(now, first=1.0, longest=4.0)
        elif status in (400, 413):
            self.failures = 0
            refused = blamed(answer) & set(range(len(rows)))
            if refused or len(rows) == 1:
                given_up = [r for n, r in enumerate(rows) if n in refused or len(rows) == 1]
                self.queue.done(given_up)
                print(f"gave up {len(given_up)} events that were answered {status}", flush=True)
            else:
                self.size = len(rows) // 2
        elif status // 100 == 4 and status not in (408, 429):
            self.back_off(now, first=2.0, longest=60.0)
        else:
            self.back_off(now, first=0.5, longest=8.0)

    def park(self, rows, answer, now):
        """Leaves the ids alone that a 429 names; tells whether it names any."""
        parked = False
        for kind in ("device", "user"):
            for member, pause in ((f"throttled_{kind}s", self.options.throttle_pause),
                                  (f"exceeded_daily_quota_{kind}s", self.options.quota_pause)):
                for an_id in answer.get(member) or {}:
                    # Not all at the same instant when the pause is over.
                    self.waits[kind, an_id] = now + pause * (1 + 0.05 * random.random())
                    parked = True
        return parked

    def back_off(self, now, first, longest):
        wait = min(longest, first * 2 ** self.failures)
        self.failures += 1
        self.resume = now + wait * (0.75 + 0.25 * random.random())


def read(response):
    """The body of an answer; {} if it is no JSON object, or not all of it has come."""
    try:
        answer = json.loads(response.read())
    except (ValueError, OSError, http.client.HTTPException):
        return {}
    return answer if isinstance(answer, dict) else {}


def is_amplitudes(status, answer):
    """Whether an answer has the shape that Amplitude publishes. Others settle no event."""
    if answer.get("code") != status:
        return False
    if status == 200:
        return all(type(answer.get(m)) is int for m in ("events_ingested", "payload_size_bytes", "server_upload_time"))
    if status in (400, 413):  # gateways repeat the status, too
        return answer.get("error") in PUBLISHED or is_about_the_key(answer) or bool(blamed(answer))
    return True


def is_about_the_key(answer):
    """Whether a 400 refuses the key. The published text quotes it."""
    text = str(answer.get("error", ""))
    return text == "Invalid API key" or text.startswith("Invalid API key: ")


def blamed(answer):
    """The indexes of the events that a 400 names."""
    found = set(answer.get("silenced_events") or [])
    for member, fields in answer.items():
        if member.startswith("events_") and isinstance(fields, dict):
            found.update(n for indexes in fields.values() for n in indexes)
    return found


# --- intake: Braze's Custom HTTP connector ------------------------------------------

def handler(queue, draining):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            self.answer(200 if self.path == "/readyz" else 404)

        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if draining.is_set() or len(queue) > 200_000:
                return self.answer(503)  # Braze comes again
            try:
                post = json.loads(body.decode("utf-8", "replace"))
            except (ValueError, RecursionError):
                return self.answer(400)  # Braze posts one by one
            events = post.get("events", [post]) if isinstance(post, dict) else []
            events = [e for e in events if isinstance(e, dict)] if isinstance(events, list) else []
            queue.put([m for m in map(mapped, events) if m])
            return self.answer(200)

        def answer(self, status):
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass  # a request line may hold what is nobody's business

    return Handler


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 128


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--throttle-pause", type=float, default=30.0, help="seconds (30)")
    parser.add_argument("--quota-pause", type=float, default=3600.0, help="seconds (3600)")
    parser.add_argument("--no-limiter", dest="limiter", action="store_false", help="send as fast as can be, and obey refusals")
    options = parser.parse_args()
    queue, draining = Queue(os.environ.get("CURRENTS_STATE_DIR")), threading.Event()
    host, port = os.environ["CURRENTS_LISTEN"].rsplit(":", 1)
    server = Server((host, int(port)), handler(queue, draining))
    signal.signal(signal.SIGTERM, lambda *_: draining.set())
    Sender(queue, options).start()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    while not draining.wait(1.0):
        pass
    deadline = time.monotonic() + 25.0
    while len(queue) and time.monotonic() < deadline:
        time.sleep(0.05)
    return 1 if len(queue) else 0


if __name__ == "__main__":
    sys.exit(main())
