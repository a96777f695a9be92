// Sends one post with fetch (Node 18 or newer, nothing to install), and tries again while Feuerwache is busy or away.
// FEUERWACHE_URL and FEUERWACHE_TOKEN as in docs/first-post.md; the arguments are the post's id and its text.

const AGAIN = new Set([429, 502, 503, 504]);
const TRIES = 8;

async function send(posts) {
  let failure;
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    let asked = 0;
    try {
      const response = await fetch(`${process.env.FEUERWACHE_URL}/v1/posts`, {
        method: "POST",
        headers: {
          Authorization: `Bearer ${process.env.FEUERWACHE_TOKEN}`,
          "Content-Type": "application/json",
        },
        body: JSON.stringify(posts),
        redirect: "error",
        signal: AbortSignal.timeout(10_000),
      });
      if (!AGAIN.has(response.status)) return await response.json();
      failure = `${response.status}`;
      asked = Number(response.headers.get("retry-after")) || 0;
    } catch (error) {
      failure = error.name;
    }
    // As long as was asked, else doubled each time, and never all senders at once. Repeats do no harm.
    const pause = Math.max(asked, Math.min(30, 0.5 * 2 ** attempt)) * (1 + Math.random() / 2);
    if (attempt + 1 < TRIES) await new Promise((resolve) => setTimeout(resolve, pause * 1000));
  }
  throw new Error(`not taken in ${TRIES} tries; the last: ${failure}`);
}

const [post_id, text] = process.argv.slice(2);
const answer = await send([
  {
    post_id,
    author: { id: "u-17", handle: "kaffeetante" },
    text,
    created_at: process.env.CREATED_AT ?? new Date().toISOString(),
  },
]);
if (!answer.items) {
  console.error(`${answer.title}: ${answer.detail}`);
  process.exitCode = 1;
} else {
  for (const item of answer.items) {
    const problems = (item.problems ?? []).map((each) => `${each.field} ${each.reason}; ${each.fix}`);
    console.log([item.status, item.post_id, ...problems].join(" "));
    if (item.status === "rejected") process.exitCode = 1;
  }
}
