// Sends the call that a form of the page describes, and shows what came back.
"use strict";

function address(form) {
  let path = form.dataset.path;
  const query = new URLSearchParams();
  for (const input of form.querySelectorAll("input")) {
    if (input.dataset.in === "path") path = path.replace(`{${input.name}}`, encodeURIComponent(input.value));
    else if (input.value && input.dataset.in === "query") query.append(input.name, input.value);
  }
  return query.size ? `${path}?${query}` : path;
}

async function send(form) {
  const answer = form.querySelector(".answer");
  const body = form.querySelector("textarea:not([hidden])");
  const headers = form.dataset.media ? { "Content-Type": form.dataset.media } : {};
  answer.hidden = false;
  answer.textContent = "…";
  const started = performance.now();
  try {
    const response = await fetch(address(form), { method: form.dataset.method, headers, body: body ? body.value : undefined });
    const text = await response.text();
    const took = (performance.now() - started).toFixed(0);
    answer.textContent = `${response.status} ${response.statusText}  (${took} ms)\n\n${readable(text)}`;
  } catch (error) {
    answer.textContent = `The server did not answer: ${error.message}`;
  }
}

// Numbers must show as they came, so a text with a decimal fraction is not parsed and written again.
function readable(text) {
  if (/[0-9]\.[0-9]|[0-9][eE]/.test(text.replace(/"(?:[^"\\]|\\.)*"/g, ""))) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

for (const form of document.querySelectorAll("form")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form);
  });
  const select = form.querySelector("select");
  if (!select) continue;
  select.addEventListener("change", () => {
    for (const area of form.querySelectorAll("textarea")) area.hidden = area.dataset.title !== select.value;
  });
}
