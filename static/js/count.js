// How many characters are left, for a textarea with data-max-length and its <p class="count" id="…"> (aria-describedby).
// The text "{n} tegn igjen" comes from the page: data-left and data-over hold it in the page's language.
(() => {
  let timer;
  document.addEventListener("input", ({ target }) => {
    const most = Number(target.dataset?.maxLength);
    const count = most && (target.getAttribute("aria-describedby") || "").split(" ")
      .map((id) => document.getElementById(id)).find((place) => place?.classList.contains("count"));
    if (!count) return;
    const text = count.querySelector("[data-left]") || count;
    const left = most - [...target.value].length;              // as the server counts: code points
    const words = left < 0 ? text.dataset.over : text.dataset.left;
    if (!words) return;
    text.textContent = words.replace("{n}", Math.abs(left).toLocaleString(document.documentElement.lang || "nb"));
    count.toggleAttribute("data-over", left < 0);
    clearTimeout(timer);                                       // said when the writer pauses and it matters
    count.setAttribute("aria-live", "off");
    if (left < most / 10) timer = setTimeout(() => {
      count.setAttribute("aria-live", "polite");
      text.textContent += "\u00a0";                            // a change, so that it is read
    }, 1000);
  });
})();
