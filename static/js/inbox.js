// The moderators' list scrolls by itself; it opens where one was in it, not at its top.
(() => {
  const show = () => {
    const here = document.querySelector(".inbox [aria-current]");
    const list = here?.closest(".inbox");
    if (list) list.scrollTop += here.getBoundingClientRect().top - list.getBoundingClientRect().top - list.clientHeight / 3;
  };
  show();
  document.addEventListener("htmx:after:swap", show);
})();
