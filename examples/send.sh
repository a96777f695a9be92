#!/bin/sh
# Sends one post with curl, and tries again while Feuerwache is busy or away (curl heeds Retry-After).
# FEUERWACHE_URL and FEUERWACHE_TOKEN as in docs/first-post.md; the arguments are the post's id and its text.
set -eu

# A JSON string: backslashes and quotes escaped, everything else but control characters may stand as it is.
string() { printf '"%s"' "$(printf %s "$1" | sed 's/\\/\\\\/g; s/"/\\"/g' | tr -d '\000-\037')"; }

curl --silent --show-error --max-time 10 --retry 8 --retry-connrefused --fail-with-body \
  "$FEUERWACHE_URL/v1/posts" \
  --header "Authorization: Bearer $FEUERWACHE_TOKEN" \
  --header "Content-Type: application/json" \
  --data-binary @- <<END_OF_POST
{
  "post_id": $(string "$1"),
  "author": {"id": "u-17", "handle": "kaffeetante"},
  "text": $(string "$2"),
  "created_at": "${CREATED_AT:-$(date -u +%Y-%m-%dT%H:%M:%SZ)}"
}
END_OF_POST
echo
