// The map that can be moved: shapes of this node on paper, no tiles, nothing from elsewhere. It stands in the
// place of the picture and takes its colours from the tokens of the sheet.
import * as maplibre from "./vendor/maplibre-gl-6.17.0/maplibre-gl.mjs";

const SHEET = new URL("./vendor/maplibre-gl-6.17.0/maplibre-gl.css", import.meta.url);
const WORKER = new URL("./vendor/maplibre-gl-6.17.0/maplibre-gl-worker.mjs", import.meta.url);

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

function styled(shapes, origin) {
  const by = ["match", ["coalesce", ["feature-state", "reach"], "unknown"],
    "origin", colour("reach-0"), "past", colour("reach-0"), "near", colour("reach-1"), "far", colour("reach-2"), colour("paper")];
  const only = (sort) => ["==", ["get", "sort"], sort];
  return {
    version: 8,
    sources: { shapes: { type: "geojson", data: shapes, promoteId: "city" } },
    layers: [
      { id: "ground", type: "background", paint: { "background-color": colour("land") } },
      { id: "areas", type: "fill", source: "shapes", filter: only("area"), paint: { "fill-color": by } },
      { id: "origin", type: "fill", source: "shapes", filter: ["all", only("area"), ["==", ["get", "city"], origin]], paint: { "fill-pattern": "hatch" } },
      { id: "edges", type: "line", source: "shapes", filter: only("area"), paint: { "line-color": colour("reach-0"), "line-width": 1.5 } },
      { id: "casing", type: "line", source: "shapes", filter: only("river"), layout: { "line-cap": "round", "line-join": "round" }, paint: { "line-color": colour("paper"), "line-width": 5 } },
      { id: "river", type: "line", source: "shapes", filter: only("river"), layout: { "line-cap": "round", "line-join": "round" }, paint: { "line-color": colour("river"), "line-width": 2.5 } },
      { id: "dots", type: "circle", source: "shapes", filter: only("city"), paint: { "circle-radius": 5, "circle-color": by, "circle-stroke-color": colour("ink"), "circle-stroke-width": 2 } },
    ],
  };
}

// Where it began is hatched, as in the picture.
function hatch() {
  const size = 12, canvas = new OffscreenCanvas(size, size), pen = canvas.getContext("2d");
  pen.fillStyle = colour("reach-2");
  pen.fillRect(0, 0, size, size);
  pen.strokeStyle = colour("reach-0");
  pen.lineWidth = 5;
  pen.beginPath();
  for (const at of [-size, 0, size]) { pen.moveTo(at - 2, size + 2); pen.lineTo(at + size + 2, -2); }
  pen.stroke();
  return pen.getImageData(0, 0, size, size);
}

function bounds(shapes) {
  const box = new maplibre.LngLatBounds();
  for (const one of shapes.features) if (one.geometry.type === "Point") box.extend(one.geometry.coordinates);
  return box;
}

function sheet() {
  return new Promise((done, fail) => {
    const link = document.createElement("link");
    Object.assign(link, { rel: "stylesheet", href: SHEET.href, onload: done, onerror: fail });
    document.head.append(link);
  });
}

export async function draw(figure, { name, origin, mine }) {
  const [answer] = await Promise.all([fetch(figure.dataset.shapes, { credentials: "same-origin" }), sheet()]);
  if (!answer.ok) throw new Error(`shapes: ${answer.status}`);
  const shapes = await answer.json();
  maplibre.setWorkerUrl(WORKER.href);
  const place = document.createElement("div");
  place.className = "live-map";
  figure.prepend(place);
  let map;
  try {
    map = new maplibre.Map({
      container: place, style: styled(shapes, origin), bounds: bounds(shapes), fitBoundsOptions: { padding: 48 },
      attributionControl: false, cooperativeGestures: true, maxZoom: 12,
    });
    map.once("style.load", () => map.addImage("hatch", hatch()));
    map.addControl(new maplibre.NavigationControl({ showCompass: false }));
    map.addControl(new maplibre.ScaleControl());
    await new Promise((done, fail) => { map.once("load", done); map.once("error", (event) => fail(event.error)); });
  } catch (error) {
    place.remove();
    throw error;
  }
  map.getCanvas().setAttribute("aria-label", name);
  figure.querySelector(":scope > svg").remove();
  label(map, shapes, mine);
  return { stand: (city, reach) => map.setFeatureState({ source: "shapes", id: city }, { reach }) };
}

// Names are elements of the page, in its letters; those that would lie on another wait for a closer look.
function label(map, shapes, mine) {
  const tongue = document.documentElement.lang.startsWith("zh") ? "zh" : "en";
  const points = shapes.features.filter((one) => one.geometry.type === "Point");
  points.sort((one, other) => (other.properties.city === mine) - (one.properties.city === mine));
  const markers = points.map((one) => {
    const element = document.createElement("span");
    element.textContent = one.properties[tongue] ?? one.properties.city;
    const holder = document.createElement("div");
    holder.setAttribute("aria-hidden", "true"); // the list says it
    holder.append(element);
    const isEast = map.project(one.geometry.coordinates).x > map.getContainer().clientWidth * 0.7;
    return new maplibre.Marker({ element: holder, anchor: isEast ? "right" : "left", offset: [isEast ? -10 : 10, 0] }).setLngLat(one.geometry.coordinates).addTo(map);
  });
  const sift = () => {
    const taken = [];
    for (const marker of markers) {
      const element = marker.getElement();
      element.hidden = false;
      const box = element.getBoundingClientRect();
      element.hidden = taken.some((one) => box.left < one.right && one.left < box.right && box.top < one.bottom && one.top < box.bottom);
      if (!element.hidden) taken.push(box);
    }
  };
  map.on("moveend", sift);
  sift();
}
