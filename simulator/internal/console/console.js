// The script of the console. The server renders every page; this refreshes the parts that
// are marked data-live when a stream of events says that something happened, sends the
// forms of controls to the control API, and listens to keys.
"use strict";

const $ = (selector, at = document) => at.querySelector(selector);
const all = (selector, at = document) => [...at.querySelectorAll(selector)];
const page = document.body.dataset;

// --- the clock of the simulator, as last heard of ---

let clock = {now: Date.parse(page.now), frozen: page.frozen === "true", scale: Number(page.scale), heard: performance.now()};
const simulated = () => clock.frozen ? clock.now : clock.now + (performance.now() - clock.heard) * clock.scale;
const shown = ms => new Date(ms).toISOString().slice(0, 19).replace("T", " ");

function setClock(c) {
  clock = {now: Date.parse(c.now), frozen: c.frozen, scale: c.scale, heard: performance.now()};
  const pace = $("#pace .tag");
  pace.className = c.frozen || c.scale !== 1 ? "tag warn" : "tag";
  pace.textContent = c.frozen ? "frozen" : c.scale === 1 ? "real speed" : c.scale + "× speed";
  tick();
}

function duration(ms) {
  const s = Math.ceil(ms / 1000), two = n => String(n).padStart(2, "0");
  return (s >= 86400 ? Math.floor(s / 86400) + " d " : "") + (s >= 3600 ? two(Math.floor(s / 3600) % 24) + ":" : "") + two(Math.floor(s / 60) % 60) + ":" + two(s % 60);
}

function tick() {
  const now = simulated();
  $("#clock").textContent = shown(now);
  for (const e of all("[data-until]")) {
    const left = Date.parse(e.dataset.until) - now;
    e.textContent = left > 0 ? duration(left) + " left" : "over";
    if (left <= 0 && !e.dataset.over) { e.dataset.over = "1"; refresh(); }
  }
}

// --- parts of the page that follow what happens ---

let address = location.href; // of the page that is shown
let busy = false, again = false;

async function refresh() {
  again = busy;
  if (busy || !$("[data-live]")) return;
  busy = true;
  try {
    const response = await fetch(address);
    if (response.status === 401) return location.reload();
    const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
    for (const part of all("[data-live]")) swap(part, fresh.getElementById(part.id));
    place();
    tick();
  } catch { // the stream says when the simulator is there again
  } finally {
    setTimeout(() => { busy = false; if (again) refresh(); }, 100);
  }
}

function swap(part, fresh) {
  if (!fresh || part.sent === fresh.innerHTML) return;
  part.sent = fresh.innerHTML;
  const active = part.contains(document.activeElement) && document.activeElement;
  const focusable = () => all("a, button, summary", part), index = focusable().indexOf(active);
  const open = all("details", part).map(d => d.open);
  part.replaceChildren(...fresh.childNodes), fill();
  all("details", part).forEach((d, i) => { d.open = open[i]; });
  if (active) focusable().find((e, i) => active.href ? e.href === active.href : i === index)?.focus({preventScroll: true});
}

// --- the list of requests: rows near the window are in the page, room stands for the others ---

const margin = 50; // rows that are loaded above the window; as many as in the window and more are below
let height = 40; // of a row

// fill makes the room as high as the rows that it stands for, before anything is measured or has
// the focus: a page that is short for a moment loses its place, or is scrolled as room comes in.
const fill = () => all("[data-rows]").forEach(r => { r.style.height = r.dataset.rows * height + "px"; });

function place() {
  const rows = all("#rows a.row").map(link => link.closest("tr"));
  if (rows.length > 1) height = rows[1].getBoundingClientRect().top - rows[0].getBoundingClientRect().top;
  fill();
  rows.forEach((r, i) => { r.ariaRowIndex = Number($("[data-rows]").dataset.rows) + i + 2; });
}

// scrolled loads the rows that are in the window now. The list follows what arrives while
// its top can be seen; else it ends at the request that was the newest, so that no row moves.
function scrolled() {
  const room = $("[data-rows]");
  if (!room) return;
  const hidden = -room.getBoundingClientRect().top, above = Number(room.dataset.rows);
  const first = Math.max(0, Math.floor(hidden / height) - margin);
  const url = new URL(address), pinned = url.searchParams.has("before");
  if (pinned === (hidden > 0) && Math.abs(first - above) < margin / 2) return;
  url.searchParams.set("skip", first);
  if (!pinned) url.searchParams.set("before", Number($("#rows a.row").textContent.slice(1)) + 1);
  if (hidden <= 0) ["skip", "before"].forEach(name => url.searchParams.delete(name));
  history.replaceState(null, "", address = url.href);
  refresh();
}

// --- the stream of events ---

let source, last, since; // since when it is disconnected

function connect() {
  if (document.hidden || source) return;
  source = new EventSource("/_admin/events" + (page.key ? "?key=" + encodeURIComponent(page.key) : ""));
  source.addEventListener("state", event => {
    const state = JSON.parse(event.data), news = JSON.stringify([state.requests, state.changes, state.clock.frozen && state.clock.now]);
    setClock(state.clock);
    connected(true);
    if (last !== undefined && last !== news) refresh();
    last = news;
  });
  source.onerror = () => connected(false);
  source.addEventListener("end", source.onerror);
}

function connected(yes) {
  if (yes && since) refresh();
  since = yes ? undefined : since ?? new Date();
  if (!yes) {
    source?.close();
    source = undefined;
    setTimeout(connect, 2000);
    $("#offline").textContent = `Disconnected: the simulator has not answered since ${since.toLocaleTimeString()}. What you see is from then. Trying again.`;
  }
  $("#offline").hidden = yes;
  $("#connection").textContent = yes ? "live" : "disconnected";
  $("#connection").classList.toggle("bad", !yes);
}

// --- controls ---

function valueOf(field) {
  const text = field.value.trim();
  if (text === "") return undefined;
  switch (field.dataset.type) {
    case "integer": case "number": return Number(text);
    case "boolean": return text === "true";
    case "instant": return text.startsWith("+") ? new Date(simulated() + Number(text.slice(1)) * 1000).toISOString() : text;
    case "string[]": return text.split("\n").map(line => line.trim()).filter(line => line);
    case "object[]": return JSON.parse(text);
    case "map": return Object.fromEntries(text.split("\n").map(line => { const [name, ...rest] = line.split(":"); return [name.trim(), rest.join(":").trim()]; }));
  }
  return text;
}

// request is what a form sends: a method, a path with its query, and a body.
function request(form) {
  let path = form.dataset.path, body;
  const query = new URLSearchParams();
  const put = (name, value) => {
    body ??= {};
    const names = name.split("."), end = names.pop();
    names.reduce((at, part) => at[part] ??= {}, body)[end] ??= value;
  };
  for (const field of all("[data-in]", form)) {
    const value = valueOf(field);
    if (field.dataset.in === "path") path = path.replace(`{${field.name}}`, encodeURIComponent(value ?? ""));
    else if (value === undefined) continue;
    else if (field.dataset.in === "query") query.set(field.name, value);
    else if (field.name === "") body = value;
    else put(field.name, value);
  }
  if (form.dataset.set) put(form.dataset.set, {});
  return {method: form.dataset.method, path: path + (query.size ? "?" + query : ""), body};
}

const quoted = text => "'" + text.replaceAll("'", "'\\''") + "'";

function curl(r) {
  const parts = ["curl"];
  if ("token" in page) parts.push(`-H "Authorization: Bearer $ADMIN_TOKEN"`);
  if (r.method !== "GET" && !(r.method === "POST" && r.body !== undefined)) parts.push("-X", r.method);
  parts.push(/[?&]/.test(r.path) ? quoted(location.origin + r.path) : location.origin + r.path);
  if (r.body !== undefined) parts.push("-d", quoted(JSON.stringify(r.body)));
  return parts.join(" ");
}

function point(form) {
  try { $("#curl").textContent = curl(request(form)); } catch (e) { $("#curl").textContent = "not JSON: " + e.message; }
}

async function send(form) {
  const say = (kind, text) => { Object.assign($("#answer"), {hidden: false, className: kind, textContent: text}); };
  let moved;
  point(form);
  say("", "sending");
  try {
    const r = request(form), ofClock = r.path.startsWith("/_admin/clock");
    if (ofClock && (r.body?.seconds !== undefined || r.body?.now)) moved = move(r.body);
    const response = await fetch(r.path, {method: r.method, body: JSON.stringify(r.body), headers: {"Content-Type": "application/json"}});
    const text = await response.text();
    say(response.ok ? "good" : "bad", `${response.status} ${response.ok ? "done" : "refused"}${text ? "\n" + text.trim() : ""}`);
    if (response.ok && ofClock) setClock(JSON.parse(text));
  } catch (e) {
    say("bad", "not sent: " + e.message);
  }
  moved?.();
  refresh();
}

// move shows where the clock goes and what is left, and returns what shows how it ended. A
// call that moves the clock answers once what became due has been tried.
function move(body) {
  const from = simulated(), to = body.now ? Date.parse(body.now) : from + body.seconds * 1000;
  const bar = $("#moved"), text = $("#moving span");
  $("#moving").hidden = false;
  bar.removeAttribute("value"); // it is not known how far
  text.textContent = `Moving to ${shown(to)}, ${duration(to - from)} left; waiting for what is due until then, 5 s at most`;
  return () => {
    bar.value = 1;
    text.textContent = simulated() >= to ? `Reached ${shown(to)}` : `Not moved: it stands at ${shown(simulated())}`;
  };
}

// --- keys ---

function row(step) {
  const rows = all("a.row"), at = rows.indexOf(document.activeElement);
  const to = at < 0 ? rows.findIndex(r => r.getBoundingClientRect().top > 0) : at + step;
  rows[Math.min(Math.max(to, 0), rows.length - 1)]?.focus();
}

const keys = {
  "f": () => $("#f-refused")?.click(), "/": () => $("[data-search]")?.focus(), "s": () => $("#scope")?.focus(),
  "j": () => row(1), "k": () => row(-1), "n": () => $("#newest")?.click(), "?": () => $("#help")?.showModal(),
  // At once: a browser's slow scroll over many rows can end on its way, when rows come in.
  "Home": () => scrollTo(0, 0), "End": () => scrollTo(0, document.documentElement.scrollHeight),
};

document.addEventListener("keydown", event => {
  const typing = event.target.closest("input, textarea, select, dialog[open]");
  if (typing && event.key === "Escape") event.target.blur();
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const act = keys[event.key] ?? (/^[1-5]$/.test(event.key) ? () => all("nav a")[event.key - 1]?.click() : undefined);
  if (act) event.preventDefault(), act();
});

document.addEventListener("submit", event => {
  if (!event.target.matches("[data-control]")) return;
  event.preventDefault();
  send(event.target);
});

for (const kind of ["focusin", "pointerover", "input"]) document.addEventListener(kind, event => {
  const form = event.target.closest("form[data-control]"), link = event.target.closest("a[data-curl]");
  if (form) point(form);
  if (link) $("#curl").textContent = curl({method: "GET", path: link.getAttribute("href")}) + " -o " + link.download;
});

document.addEventListener("click", event => {
  if (event.target.closest("[data-help]")) $("#help").showModal();
  if (event.target.closest("#newest")) scrollTo(0, 0);
  const copy = event.target.closest("[data-copy]");
  if (copy) navigator.clipboard?.writeText($("#" + copy.dataset.copy).textContent).then(() => { copy.textContent = "Copied"; });
});

document.addEventListener("change", event => {
  if (event.target.matches("#scope, #f-refused")) event.target.form.submit();
});

// Filters that are empty do not come into the address.
document.addEventListener("formdata", event => {
  for (const [name, value] of [...event.formData]) if (value === "") event.formData.delete(name);
});

document.addEventListener("visibilitychange", () => {
  if (!document.hidden) return connect(), refresh();
  source?.close();
  source = undefined;
});

if (page.now) {
  connect();
  setInterval(tick, 250);
  const every = Math.min(...all("[data-every]").map(e => Number(e.dataset.every)));
  if (isFinite(every)) setInterval(() => { if (!document.hidden && !since && !clock.frozen) refresh(); }, every);
  tick(), fill(), place();
  const room = $("[data-rows]");
  if (room?.dataset.rows > 0) scrollBy(0, room.getBoundingClientRect().top + (Number(room.dataset.rows) + margin) * height);
  addEventListener("scroll", scrolled, {passive: true});
  addEventListener("resize", place);
}
