// Saves what is shown as one file, which needs no server and runs no script.

/** Offers the shown panels as a file. */
export async function save(title, shown) {
  const copy = document.implementation.createHTMLDocument(title);
  const style = copy.createElement("style");
  style.textContent = await (await fetch("page.css")).text();
  const policy = copy.createElement("meta");
  policy.httpEquiv = "Content-Security-Policy";
  policy.content = "default-src 'none'; style-src 'unsafe-inline'";
  const charset = copy.createElement("meta");
  charset.setAttribute("charset", "utf-8");
  copy.head.prepend(charset, policy);
  copy.head.append(style);
  copy.documentElement.lang = "en";
  const heading = copy.createElement("h1");
  heading.textContent = `${title}, ${new Date().toISOString()}`;
  const main = copy.createElement("main");
  main.append(...shown.map(({ element }) => copy.importNode(element, true)));
  // What acts has nothing to act on, and a link has the token.
  for (const element of main.querySelectorAll("button, input, textarea, form, a, .command")) {
    if (element.closest("th")) element.replaceWith(copy.createTextNode(element.textContent));
    else element.remove();
  }
  copy.body.append(heading, main);
  const text = `<!doctype html>\n${copy.documentElement.outerHTML}\n`;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/html" }));
  link.download = `${title.replace(/[^A-Za-z0-9]+/g, "-").replace(/^-|-$/g, "")}.html`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
