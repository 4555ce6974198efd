// The report form on a telephone: photographs are made smaller before they go over a thin line (which also leaves
// behind what they tell of place and device), and the place is filled in if its holder asks for it. Without this
// the form works as well.
const EDGE_PIXELS = 1280;
const QUALITIES = [0.8, 0.65, 0.5];
const ENOUGH_BYTES = 300_000; // six seconds at 50 KB/s

async function shrunk(file) {
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  const scale = Math.min(1, EDGE_PIXELS / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(picture.width * scale);
  canvas.height = Math.round(picture.height * scale);
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
  let blob = null;
  for (const quality of QUALITIES) {
    blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", quality));
    if (!blob || blob.size <= ENOUGH_BYTES) break;
  }
  return blob && blob.size < file.size ? new File([blob], "photograph.jpg", { type: "image/jpeg" }) : file;
}

async function shrink(field, told) {
  const chosen = new DataTransfer();
  for (const file of field.files) {
    // What cannot be drawn here goes as it is: the node says what is wrong with it.
    chosen.items.add(await shrunk(file).catch(() => file));
  }
  field.files = chosen.files;
  const bytes = [...chosen.files].reduce((sum, file) => sum + file.size, 0);
  if (told && bytes) told.textContent = `${told.dataset.shrunk} ${Math.ceil(bytes / 1000)} kB`;
}

function locate(form, told) {
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      form.elements.lat.value = coords.latitude.toFixed(3);
      form.elements.lon.value = coords.longitude.toFixed(3);
      told.textContent = told.dataset.done;
    },
    () => { told.textContent = told.dataset.failed; },
    { timeout: 15000, maximumAge: 60000 },
  );
}

for (const form of document.querySelectorAll("[data-report]")) {
  const field = form.querySelector("[data-shrink]");
  let working = null;
  field?.addEventListener("change", () => {
    working = shrink(field, form.querySelector("[data-picked]")).finally(() => { working = null; });
  });
  const button = form.querySelector("[data-locate]");
  if (button && navigator.geolocation) {
    button.hidden = false;
    button.addEventListener("click", () => locate(form, form.querySelector("[data-located]")));
  }
  form.addEventListener("submit", (sent) => {
    if (!working) return;
    sent.preventDefault();
    // Later: while a form is being sent it takes no second request to be sent.
    working.then(() => setTimeout(() => form.requestSubmit(sent.submitter ?? undefined)));
  });
}
