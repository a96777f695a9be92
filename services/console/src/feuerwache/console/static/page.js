// Asks now and then whether the incident has moved on, and loads the page anew when it has; copies prepared words.
// The page works without.
"use strict";
const article = document.querySelector("article[data-revision]");
if (article) {
  const pending = "pending" in article.dataset;
  let pause = pending ? 500 : 10000;
  // What somebody has begun to write or to choose is not taken from them.
  const begun = () => {
    const active = document.activeElement;
    const inside = active !== null && active.closest("#resolve, .order, .statement") !== null;
    const written = [...document.querySelectorAll("textarea, input[type=text]")].some(
      (field) => field.value !== field.defaultValue,
    );
    const ticked = document.querySelector("input[type=checkbox]:checked") !== null;
    return inside || written || ticked;
  };
  const look = async () => {
    try {
      const answer = await fetch(article.dataset.state, { cache: "no-store" });
      if (answer.ok) {
        const { revision } = await answer.json();
        if (String(revision) !== article.dataset.revision) {
          if (!begun()) {
            window.location.reload();
            return;
          }
          document.getElementById("news").hidden = false;
        }
      }
    } catch {
      pause = 10000; // away for a moment; the page as it is stays readable
    }
    window.setTimeout(look, pause);
  };
  window.setTimeout(look, pause);
}

for (const button of document.querySelectorAll("button[data-copy]")) {
  button.hidden = false;
  const named = button.textContent;
  button.addEventListener("click", async () => {
    const field = document.getElementById(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(field.value);
      button.textContent = button.dataset.copied;
    } catch {
      field.select(); // without TLS a browser keeps its clipboard to itself
      button.textContent = button.dataset.selected;
    }
    window.setTimeout(() => {
      button.textContent = named;
    }, 3000);
  });
}
