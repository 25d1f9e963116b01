"use strict";
(() => {
  if (top !== self) for (const a of document.querySelectorAll("nav a"))
    a.onclick = () => (document.querySelector(a.hash).scrollIntoView(), false);
  const box = document.getElementById("state");
  const marks = new Map();
  for (const mark of document.querySelectorAll("[data-s]")) {
    const list = marks.get(mark.dataset.s);
    if (list) list.push(mark); else marks.set(mark.dataset.s, [mark]);
  }
  let shown = null, pinned = null;
  const words = (mark) => mark.querySelector(":scope > title")?.textContent ?? "";
  const show = (state) => {
    if (state === shown) return;
    for (const mark of marks.get(shown) ?? []) mark.classList.remove("on");
    shown = state;
    const list = marks.get(state) ?? [];
    for (const mark of list) mark.classList.add("on");
    box.hidden = list.length === 0;
    box.replaceChildren();
    const told = new Set();
    for (const mark of list) {
      const text = words(mark);
      const cut = text.indexOf(": ");
      if (cut < 0) continue;
      if (told.size === 0) {
        const name = document.createElement("b");
        name.textContent = text.slice(0, cut).split(", ")[0];
        box.append(name);
      }
      const rest = text.slice(cut + 2);
      if (told.has(rest) || told.size >= 16 || mark.dataset.i) continue;
      told.add(rest);
      const span = document.createElement("span");
      span.textContent = rest;
      box.append(span);
    }
  };
  const of = (event) => event.target.closest?.("[data-s]")?.dataset.s ?? null;
  document.addEventListener("pointerover", (event) => show(of(event) ?? pinned));
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.("svg")) return;
    const state = of(event);
    pinned = state === pinned ? null : state;
    show(pinned);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { pinned = null; show(null); }
  });
})();
