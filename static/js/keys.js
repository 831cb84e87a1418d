// Single keys for the moderation page: data-key="f" on a control; j and k go to the next and previous case.
// Never while writing and never with a modifier; off altogether with <body data-keys="off"> (WCAG 2.1.4).
(() => {
  const writing = "input:not([type=radio], [type=checkbox], [type=submit], [type=button]), textarea, select, [contenteditable]";
  const step = (by) => {
    const links = [...document.querySelectorAll(".inbox a")];
    const here = links.findIndex((link) => link.hasAttribute("aria-current"));
    return links[here < 0 ? 0 : here + by];
  };
  const control = (key) => ({ j: () => step(1), k: () => step(-1) })[key]?.()
    ?? document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  document.addEventListener("keydown", (event) => {
    if (document.body.dataset.keys === "off" || event.defaultPrevented || event.repeat || event.isComposing) return;
    if (event.ctrlKey || event.altKey || event.metaKey || event.key.length !== 1 || event.target.closest?.(writing)) return;
    const found = control(event.key.toLowerCase());
    if (!found) return;
    event.preventDefault();
    if (found.matches(writing)) found.focus();
    else { found.focus(); found.click(); }
  });
})();
