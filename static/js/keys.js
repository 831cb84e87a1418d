// Single keys on the moderators' page. An element says with data-key which keys are its own: a field is gone to, all else
// is clicked. The list of them carries data-keys while the moderator wants them (WCAG 2.1.4), so swapped pages obey too.
(() => {
  const typing = (place) => place.closest?.("input, textarea, select, [contenteditable]");
  document.addEventListener("keydown", (event) => {
    const list = document.querySelector("[data-keys]");
    if (!list || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) return;
    if (event.defaultPrevented || typing(event.target)) return;
    const key = event.key.toLowerCase();
    const place = key === "?" ? list : key === "h" ? document.querySelector("form[action*='/hiding'] select")
      : [...document.querySelectorAll("[data-key]")].find(({ dataset }) => dataset.key.split(" ").includes(key));
    if (!place) return;
    event.preventDefault();
    if (key === "?" || key === "h") place.focus();
    else place.click();
  });
})();
