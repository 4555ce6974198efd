// The page works without this: it only takes language, theme and forecast from the address (?lang=en&theme=dark&at=3).
const asked = new URLSearchParams(location.search);
for (const name of ["lang", "theme", "at"]) {
  const choice = asked.has(name) && document.getElementById(`${name}-${asked.get(name)}`);
  if (choice) choice.checked = true;
}
const english = document.getElementById("lang-en");
const speak = () => { document.documentElement.lang = english.checked ? "en" : "zh-Hans"; };
document.addEventListener("change", speak);
speak();
