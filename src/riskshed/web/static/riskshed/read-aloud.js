// Reads a part of a page aloud with a voice of this machine; no word of it leaves the machine. Where there is no such
// voice for the language of the page, there is no button. A drill says first that it is one.
const EXERCISE = { zh: "这是演习。", en: "This is an exercise." };
const PARTS = "h1, h2, h3, p, li, dt, dd, del, ins";
const speech = window.speechSynthesis;
const tongue = document.documentElement.lang.startsWith("zh") ? "zh" : "en";
const tags = { zh: ["zh-cn", "cmn-hans-cn", "zh"], en: ["en-gb", "en-us", "en"] }[tongue];
const buttons = [...document.querySelectorAll("[data-aloud]")];
let speaking = null;

function voice() {
  const own = speech.getVoices().filter((one) => one.localService);
  const tag = (one) => one.lang.toLowerCase().replace("_", "-");
  for (const wanted of tags) {
    const found = own.find((one) => tag(one) === wanted) ?? own.find((one) => tag(one).startsWith(`${wanted}-`));
    if (found) return found;
  }
  return null;
}

// One utterance for each part: a long one is cut off by some browsers, and a part can be heard before the next is made.
function lines(target) {
  const parts = [...target.querySelectorAll(PARTS)].filter(
    (one) => !one.closest("[data-unspoken]") && !one.querySelector(PARTS) && one.checkVisibility?.() !== false,
  );
  const said = parts.map((one) => one.textContent.replace(/\s+/g, " ").trim()).filter(Boolean);
  return document.documentElement.dataset.mode === "exercise" ? [EXERCISE[tongue], ...said] : said;
}

function stop() {
  speech.cancel();
  if (speaking) show(speaking, false);
  speaking = null;
}

function show(button, on) {
  button.setAttribute("aria-pressed", String(on));
  button.textContent = on ? button.dataset.stop : button.dataset.start;
}

function read(button) {
  const target = document.getElementById(button.dataset.aloud), chosen = voice();
  stop();
  if (!target || !chosen) return;
  speaking = button;
  show(button, true);
  const said = lines(target).map((text) => Object.assign(new SpeechSynthesisUtterance(text), { voice: chosen, lang: chosen.lang }));
  const last = said.at(-1);
  if (last) last.onend = () => { if (speaking === button) stop(); };
  for (const one of said) speech.speak(one);
}

function offer() {
  const has = voice() !== null;
  for (const button of buttons) button.hidden = !has;
}

if (speech && buttons.length) {
  for (const button of buttons) button.addEventListener("click", () => (speaking === button ? stop() : read(button)));
  speech.addEventListener?.("voiceschanged", offer);
  addEventListener("pagehide", stop);
  offer();
}
