// Keys for the review queue, and news of it. Keys work only while a post has the focus, never in a field, and a key
// that is held down decides once. The page never moves by itself: what is under a finger stays there.
"use strict";
const queue = document.querySelector("[data-queue]");
const cases = [...document.querySelectorAll("[data-case]")];

for (const hint of document.querySelectorAll(".keys, kbd")) hint.hidden = false;
if ("begin" in queue.dataset) {
  const first = cases.find((one) => !("underWay" in one.dataset));
  if (first) first.focus({ preventScroll: true });
}

const step = (from, by) => {
  const next = cases[cases.indexOf(from) + by];
  if (next) {
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "start" });
  }
};

let decided = false;
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.isComposing) return;
  const inside = event.target.closest("[data-case]");
  if (inside === null) return;
  const writing = event.target.closest("input, textarea, select") !== null;
  if (event.key === "Escape" && writing) {
    inside.focus();
    return;
  }
  if (writing) return;
  const note = inside.querySelector("input[name=note]");
  if (event.key === "j") step(inside, 1);
  else if (event.key === "k") step(inside, -1);
  else if (event.key === "n" && note !== null) note.focus();
  else {
    const button = [...inside.querySelectorAll("button[data-key]")].find((one) => one.dataset.key === event.key);
    if (button === undefined) return;
    button.click();
  }
  event.preventDefault();
});
// One decision per page: the next one is made on what is seen then.
document.addEventListener("submit", (event) => {
  if (!event.target.matches(".decide")) return;
  if (decided) event.preventDefault();
  decided = true;
});
window.addEventListener("pageshow", () => {
  decided = false;
});

const told = document.getElementById("told");
const look = async () => {
  let pause = 10000;
  try {
    const answer = await fetch(queue.dataset.state, { cache: "no-store" });
    if (answer.ok) {
      const state = await answer.json();
      if (state.told !== null && "pending" in told.dataset) {
        told.querySelector("[data-told]").textContent = state.told;
        if (!state.pending) delete told.dataset.pending;
      }
      if (state.revision !== queue.dataset.revision) document.getElementById("news").hidden = false;
    }
    if ("pending" in told.dataset) pause = 500;
  } catch {
    pause = 10000; // away for a moment; the page as it is stays readable
  }
  window.setTimeout(look, pause);
};
window.setTimeout(look, "pending" in told.dataset ? 300 : 10000);
