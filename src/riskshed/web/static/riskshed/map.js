// The time that can be moved, and the map that can be moved. Both read the rows of the list, so that they
// cannot say anything else; without this the picture and the list are complete.
const NEAR_S = 3 * 86_400;
const time = document.querySelector("[data-clock]");
let mapped = null, said = {}, slider = null, map = null;

const rows = () => [...document.querySelectorAll("tr[data-city]")].map((row) => ({
  row,
  city: row.dataset.city,
  reach: row.dataset.reach,
  at: Number(row.dataset.at ?? NaN),
  low: Number(row.dataset.low ?? row.dataset.at ?? NaN),
  high: Number(row.dataset.high ?? row.dataset.at ?? NaN),
  short: row.dataset.short ?? "",
  name: row.querySelector("th a")?.textContent ?? row.dataset.city,
}));

const now = () => Date.parse(time?.dateTime ?? "") / 1000;
const offsetMinutes = () => {
  const found = /UTC([+−-])(\d+)(?::(\d+))?/.exec(time?.textContent ?? "");
  return found ? (found[1] === "+" ? 1 : -1) * (Number(found[2]) * 60 + Number(found[3] ?? 0)) : 0;
};

// MM-DD hh:mm+08, as everywhere.
function written(seconds) {
  const shift = offsetMinutes();
  const local = new Date((seconds + shift * 60) * 1000);
  const two = (n) => String(Math.abs(n)).padStart(2, "0");
  const year = local.getUTCFullYear() === new Date((now() + shift * 60) * 1000).getUTCFullYear() ? "" : `${local.getUTCFullYear()}-`;
  const minutes = Math.abs(shift) % 60 ? `:${two(Math.abs(shift) % 60)}` : "";
  const sign = shift < 0 ? "\u2212" : "+";
  return `${year}${two(local.getUTCMonth() + 1)}-${two(local.getUTCDate())} ${two(local.getUTCHours())}:${two(local.getUTCMinutes())}${sign}${two(Math.trunc(Math.abs(shift) / 60))}${minutes}`;
}

// The class of a city at a moment: as the server gives it now, moved by the time of the slider.
function reachAt(one, moment) {
  if (["origin", "off", "unknown"].includes(one.reach) || Number.isNaN(one.at)) return one.reach;
  const ahead = one.at - moment;
  return ahead <= 0 ? "past" : ahead <= NEAR_S ? "near" : "far";
}

function moment() {
  return now() + Number(slider?.value ?? 0) * 3600;
}

function paint() {
  const then = moment(), moved = Number(slider?.value ?? 0) > 0;
  const past = [];
  for (const one of rows()) {
    const reach = moved ? reachAt(one, then) : one.reach;
    for (const shape of mapped.querySelectorAll(`[data-area="${CSS.escape(one.city)}"], [data-dot="${CSS.escape(one.city)}"]`)) {
      shape.classList.remove("origin", "past", "near", "far", "off", "unknown");
      shape.classList.add(reach);
    }
    for (const text of mapped.querySelectorAll(`[data-sub="${CSS.escape(one.city)}"]`)) text.textContent = one.short;
    if (reach === "past" || reach === "origin") past.push(one.name);
    const cell = one.row.querySelector("[data-then]");
    if (cell) cell.textContent = moved && !["origin", "off", "unknown"].includes(one.reach) ? stance(one, then) : "";
    map?.stand(one.city, reach);
  }
  if (!slider) return;
  document.querySelector("[data-shown]").textContent = written(then);
  slider.setAttribute("aria-valuetext", written(then));
  document.querySelector("[data-words]").textContent = past.length ? said.past + past.join(said.comma) + said.stop : said.none;
}

function stance(one, then) {
  if (then >= one.high) return said.likely;
  return then >= one.low ? said.maybe : said.notyet;
}

function reachOfSlider() {
  const latest = Math.max(...rows().map((one) => one.high).filter((at) => !Number.isNaN(at)), now());
  const hours = Math.max(6, Math.ceil((latest - now()) / 3600));
  slider.step = hours > 240 ? 6 : 1;
  slider.max = Math.ceil(hours / slider.step) * slider.step;
}

async function open(button) {
  button.disabled = true;
  try {
    const { draw } = await import("./map-live.js");
    const every = rows();
    map = await draw(mapped, {
      name: said.mapName,
      origin: every.find((one) => one.reach === "origin")?.city ?? "",
      mine: every.find((one) => one.row.classList.contains("mine"))?.city ?? "",
    });
    button.parentElement.hidden = true;
    paint();
  } catch (error) {
    console.warn(error);
    const told = document.createElement("p");
    told.className = "small";
    told.setAttribute("role", "status");
    told.textContent = said.failed;
    button.parentElement.replaceChildren(told);
  }
}

// Where the page only holds the place of the map, the picture is fetched now: the lists can be read already.
// If it does not come, the link to its own page stays where it is.
async function fetched() {
  const place = document.querySelector("[data-map-from]");
  if (!place) return;
  try {
    const url = new URL(place.dataset.mapFrom, location.href);
    url.searchParams.set("part", "map");
    const answer = await fetch(url, { headers: { Accept: "text/html" }, credentials: "same-origin" });
    if (answer.redirected || !answer.ok) throw new Error(String(answer.status));
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(".mapped");
    if (fresh) place.replaceWith(document.adoptNode(fresh));
  } catch (error) {
    console.warn(error);
  }
}

function begin() {
  mapped = document.querySelector("[data-map]");
  said = document.querySelector("[data-said]")?.dataset ?? {};
  slider = document.querySelector("#at-time");
  if (!mapped || !rows().length) return;
  document.querySelector("[data-times]").hidden = false;
  reachOfSlider();
  paint();
  slider.addEventListener("input", paint);
  document.addEventListener("riskshed:refreshed", () => { reachOfSlider(); paint(); });
  const place = document.querySelector("[data-open]");
  place.hidden = false;
  place.querySelector("button").addEventListener("click", (event) => open(event.currentTarget));
}

if (document.readyState !== "complete") await new Promise((done) => addEventListener("load", done, { once: true }));
await fetched();
begin();
