// Keeps the lists of a page as they stand: when something was said the parts are fetched again and put in place.
// The page is whole without this. Nothing blinks, focus stays where it was, and what is new is announced.
const parts = () => [...document.querySelectorAll("[data-live]")];
const stale = document.querySelector("[data-stale]");
const announce = document.querySelector("[data-announce]");
const clock = () => document.querySelector("[data-clock]");
const EVERY_MS = 30_000, GATHER_MS = 300, LOST_MS = 5_000;
let waiting = 0, lost = 0, busy = false, again = false;

function address() {
  const url = new URL(location.href);
  url.searchParams.set("part", "live");
  url.hash = "";
  return url;
}

// An element that can be found again after its part was replaced.
function trace(element) {
  const part = element?.closest?.("[data-live]");
  if (!part) return null;
  const same = [...part.querySelectorAll("a, button, summary, input")];
  return { part: part.dataset.live, href: element.getAttribute("href"), at: same.indexOf(element) };
}

function refocus(kept) {
  const part = kept && document.querySelector(`[data-live="${kept.part}"]`);
  if (!part) return;
  const same = [...part.querySelectorAll("a, button, summary, input")];
  (same.find((one) => kept.href && one.getAttribute("href") === kept.href) ?? same[kept.at])?.focus({ preventScroll: true });
}

async function refresh() {
  if (busy) { again = true; return; }
  busy = true;
  try {
    const answer = await fetch(address(), { headers: { Accept: "text/html", "X-Unattended": "yes" }, credentials: "same-origin" });
    if (answer.redirected || !answer.ok) throw new Error(String(answer.status));
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    put(fresh);
    found();
  } catch {
    lose();
  } finally {
    busy = false;
    if (again) { again = false; refresh(); }
  }
}

function put(fresh) {
  const kept = trace(document.activeElement);
  const before = document.querySelector("[data-summary]")?.textContent;
  let changed = false;
  for (const part of parts()) {
    const other = fresh.querySelector(`[data-live="${part.dataset.live}"]`);
    if (!other || other.isEqualNode(part)) continue;
    part.replaceWith(document.adoptNode(other));
    changed = true;
  }
  const time = fresh.querySelector("[data-now]");
  if (time && clock()) { clock().dateTime = time.dateTime; clock().textContent = time.textContent; }
  if (!changed) return;
  refocus(kept);
  const after = document.querySelector("[data-summary]")?.textContent;
  if (announce && after && after !== before) announce.textContent = after;
  document.dispatchEvent(new CustomEvent("riskshed:refreshed"));
}

function soon() {
  clearTimeout(waiting);
  waiting = setTimeout(refresh, GATHER_MS);
}

function lose() {
  if (!stale || lost) return;
  lost = setTimeout(() => {
    const since = stale.querySelector("[data-since]");
    if (clock()) { since.dateTime = clock().dateTime; since.textContent = clock().textContent; }
    stale.hidden = false;
  }, LOST_MS);
}

function found() {
  clearTimeout(lost);
  lost = 0;
  if (stale) stale.hidden = true;
}

function listen() {
  const topic = parts()[0]?.dataset.topics ?? document.querySelector("[data-topics]")?.dataset.topics ?? "members";
  const source = new EventSource(`/events?topic=${encodeURIComponent(topic)}`);
  for (const name of ["said", "statement", "warning", "notice", "incident", "reset"]) source.addEventListener(name, soon);
  source.addEventListener("open", () => { found(); soon(); });
  source.addEventListener("error", () => {
    lose();
    // A refusal closes the stream for good; then the page is asked now and again, and later the stream too.
    if (source.readyState === EventSource.CLOSED) setTimeout(listen, EVERY_MS);
  });
}

listen();
setInterval(() => { if (!document.hidden) refresh(); }, EVERY_MS);
document.addEventListener("visibilitychange", () => { if (!document.hidden) soon(); });
