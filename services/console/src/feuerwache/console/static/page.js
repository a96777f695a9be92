// Asks now and then whether the incident has moved on, and loads the page anew when it has. The page works without.
"use strict";
const article = document.querySelector("article[data-revision]");
if (article) {
  const pending = "pending" in article.dataset;
  let pause = pending ? 500 : 10000;
  const typing = () => {
    const active = document.activeElement;
    return active !== null && active.closest("#resolve") !== null;
  };
  const look = async () => {
    try {
      const answer = await fetch(article.dataset.state, { cache: "no-store" });
      if (answer.ok) {
        const { revision } = await answer.json();
        if (String(revision) !== article.dataset.revision && !typing()) {
          window.location.reload();
          return;
        }
      }
    } catch {
      pause = 10000; // away for a moment; the page as it is stays readable
    }
    window.setTimeout(look, pause);
  };
  window.setTimeout(look, pause);
}
