/* Small conveniences; every page works without them. */
(() => {
  const typing = (target) =>
    target.isContentEditable || /^(TEXTAREA|SELECT)$/.test(target.tagName) ||
    (target.tagName === "INPUT" && !/^(checkbox|radio|button|submit|range)$/.test(target.type));
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229 || event.defaultPrevented) return;
    const search = document.getElementById("search");
    const slash = event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && !typing(event.target);
    const chord = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey);
    if (search && (slash || chord)) {
      event.preventDefault();
      search.focus();
      search.select();
    }
    if (event.key === "Escape") {
      document.querySelectorAll("details.who[open], details.filter[open]").forEach((open) => {
        open.open = false;
        if (open.contains(document.activeElement)) open.querySelector("summary").focus();
      });
    }
  });
  document.addEventListener("click", (event) => {
    document.querySelectorAll("details.who[open], details.filter[open]").forEach((open) => {
      if (!open.contains(event.target)) open.open = false;
    });
  });
})();
