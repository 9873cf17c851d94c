// Ticking rows of a list. Without this file rows are ticked one by one, and “all of this page” is a choice of the bar.
(() => {
  const boxes = () => [...document.querySelectorAll("[data-pick]")];
  let last = null;
  function show() {
    const all = boxes(), ticked = all.filter((box) => box.checked).length;
    const whole = document.querySelector("[data-pick-page]"), count = document.getElementById("bulk-count");
    if (whole) {
      whole.checked = ticked > 0 && ticked === all.length;
      whole.indeterminate = ticked > 0 && ticked < all.length;
    }
    if (count) count.textContent = ticked || "";
  }
  document.addEventListener("click", ({ target, shiftKey }) => {
    if (!target.matches("[data-pick], [data-pick-page]")) return;
    const all = boxes();
    if (target.matches("[data-pick-page]")) all.forEach((box) => { box.checked = target.checked; });
    else if (shiftKey && all.includes(last)) {
      const [from, to] = [all.indexOf(last), all.indexOf(target)].sort((a, b) => a - b);
      all.slice(from, to + 1).forEach((box) => { box.checked = target.checked; });
    }
    last = target;
    const which = document.getElementById("bulk-which");
    if (which) which.value = "chosen";
    show();
  });
  function begin() {
    document.querySelectorAll("[data-pick-page]").forEach((box) => { box.closest("[hidden]")?.removeAttribute("hidden"); });
    show();
  }
  document.addEventListener("htmx:afterSwap", begin);
  begin();
})();
