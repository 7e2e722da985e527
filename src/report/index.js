"use strict";
(() => {
  const table = document.querySelector("table.films");
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  const value = (row, at) => {
    const cell = row.cells[at];
    return cell.dataset.value === undefined ? cell.textContent : Number(cell.dataset.value);
  };
  const compare = (a, b) => (typeof a === "number" ? a - b : a.localeCompare(b, undefined, {numeric: true}));
  heads.forEach((head, at) => {
    const button = head.querySelector("button");
    if (!button) return;
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const sorted = [...body.rows].map((row) => ({row, key: value(row, at)}));
      sorted.sort((a, b) => (down ? compare(b.key, a.key) : compare(a.key, b.key)));
      body.append(...sorted.map((entry) => entry.row));
    });
  });
  const current = () => body.querySelector("tr[aria-current]");
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !["j", "k"].includes(event.key)) return;
    const here = current();
    const next = !here ? body.rows[0] : event.key === "j" ? here.nextElementSibling : here.previousElementSibling;
    if (!next) return;
    if (here) here.removeAttribute("aria-current");
    next.setAttribute("aria-current", "true");
    next.querySelector("a").focus();
    next.scrollIntoView({block: "nearest"});
  });
})();
