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
  const tag = document.createElement("b");
  tag.className = c.frozen || c.scale !== 1 ? "tag warn" : "tag";
  tag.textContent = c.frozen ? "frozen" : c.scale === 1 ? "real speed" : c.scale + "× speed";
  $("#pace").replaceChildren(tag);
  tick();
}

function duration(ms) {
  const s = Math.ceil(ms / 1000), two = n => String(n).padStart(2, "0");
  return (s >= 86400 ? Math.floor(s / 86400) + " d " : "") + (s >= 3600 ? two(Math.floor(s / 3600) % 24) + ":" : "") + two(Math.floor(s / 60) % 60) + ":" + two(s % 60);
}

function tick() {
  const now = simulated();
  if (isNaN(now)) return;
  $("#clock").textContent = shown(now);
  for (const e of all("[data-until]")) {
    const left = Date.parse(e.dataset.until) - now;
    e.textContent = left > 0 ? duration(left) + " left" : "over";
    if (left <= 0 && !e.dataset.over) { e.dataset.over = "1"; refresh(); }
  }
}

// --- parts of the page that follow what happens ---

let busy = false, again = false;
const current = new WeakMap(); // what the server last sent for a part

async function refresh() {
  again = busy;
  if (busy || !$("[data-live]")) return;
  busy = true;
  try {
    const response = await fetch(location.href);
    if (response.status === 401) return location.reload();
    const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
    for (const part of all("[data-live]")) swap(part, fresh.getElementById(part.id));
    tick();
  } catch { // the stream says when the simulator is there again
  } finally {
    setTimeout(() => { busy = false; if (again) refresh(); }, 300);
  }
}

function swap(part, fresh) {
  if (!fresh || current.get(part) === fresh.innerHTML) return;
  current.set(part, fresh.innerHTML);
  const active = part.contains(document.activeElement) ? document.activeElement : null;
  const path = active && all("a, button, summary", part).indexOf(active);
  const open = all("details", part).map(d => d.open);
  part.replaceChildren(...fresh.childNodes);
  all("details", part).forEach((d, i) => { d.open = open[i]; });
  if (active) all("a, button, summary", part)[path]?.focus();
}

let source, last, since;

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
  source.addEventListener("end", () => connected(false));
  source.onerror = () => connected(false);
}

function connected(yes) {
  const now = $("#connection"), offline = $("#offline");
  if (yes && since) refresh();
  if (yes) since = undefined;
  else {
    source?.close();
    source = undefined;
    since ??= new Date();
    setTimeout(connect, 2000);
  }
  now.textContent = yes ? "live" : "disconnected";
  now.classList.toggle("bad", !yes);
  offline.hidden = yes;
  if (!yes) offline.textContent = `Disconnected: the simulator has not answered since ${since.toLocaleTimeString()}. What you see is from then. Trying again.`;
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
  const r = request(form), answer = $("#answer");
  point(form);
  const moves = form.dataset.path.startsWith("/_admin/clock") && (r.body?.seconds !== undefined || r.body?.now) && move(r.body);
  answer.hidden = false;
  answer.className = "";
  answer.textContent = "sending";
  try {
    const response = await fetch(r.path, {method: r.method, body: r.body === undefined ? undefined : JSON.stringify(r.body), headers: {"Content-Type": "application/json"}});
    const text = await response.text();
    answer.className = response.ok ? "good" : "bad";
    answer.textContent = `${response.status} ${response.ok ? "done" : "refused"}${text ? "\n" + text.trim() : ""}`;
    if (response.ok && form.dataset.path.startsWith("/_admin/clock")) setClock(JSON.parse(text));
  } catch (e) {
    answer.className = "bad";
    answer.textContent = "not sent: " + e.message;
  }
  if (moves) moves();
  refresh();
}

// move shows where the clock goes and what is left. The result ends it. A call that moves
// the clock answers once what became due has been tried, for five seconds at most.
function move(body) {
  const from = simulated(), to = body.now ? Date.parse(body.now) : from + body.seconds * 1000;
  const box = $("#moving"), began = performance.now(), longest = 5000;
  const show = () => {
    const left = Math.max(0, longest - (performance.now() - began));
    $("progress", box).value = 1 - left / longest;
    $("span", box).textContent = `Moving to ${shown(to)}, ${duration(to - from)} ahead; waiting for what is due, ${Math.ceil(left / 1000)} s at most`;
  };
  box.hidden = false;
  show();
  const timer = setInterval(show, 100);
  return () => {
    clearInterval(timer);
    $("progress", box).value = 1;
    $("span", box).textContent = simulated() >= to ? `Reached ${shown(to)}` : `Not moved: it stands at ${shown(simulated())}`;
  };
}

// --- keys ---

function row(step) {
  const rows = all("a.row");
  rows[Math.min(Math.max(rows.indexOf(document.activeElement) + step, 0), rows.length - 1)]?.focus();
}

const keys = {
  "f": () => $("#refused")?.click(), "/": () => $("[data-search]")?.focus(), "s": () => $("#scope")?.focus(),
  "j": () => row(1), "k": () => row(-1), "o": () => $("#older")?.click(), "n": () => $("#newest")?.click(), "?": () => $("#help")?.showModal(),
};

document.addEventListener("keydown", event => {
  const typing = event.target.closest("input, textarea, select, dialog[open]");
  if (typing && event.key === "Escape") event.target.blur();
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const act = keys[event.key] ?? (/^[1-5]$/.test(event.key) ? () => all("nav a")[event.key - 1]?.click() : undefined);
  if (!act) return;
  event.preventDefault();
  act();
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
  const copy = event.target.closest("[data-copy]");
  if (copy) navigator.clipboard?.writeText($("#" + copy.dataset.copy).textContent).then(() => { copy.textContent = "Copied"; });
});

$("#scope")?.addEventListener("change", event => event.target.form.submit());
$("#f-refused")?.addEventListener("change", () => $("#refused").click());

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
  tick();
}
