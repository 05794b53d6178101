// What is wrong with a page, as a list of sentences: structure that assistive technology needs, contrast, targets of fingers.
(options) => {
  const wrong = [];
  const name = (e) => `<${e.tagName.toLowerCase()} class="${e.getAttribute("class") || ""}"> ${(e.textContent || "").trim().slice(0, 50)}`;
  const all = (selector) => [...document.querySelectorAll(selector)];
  const seen = (e) => e.checkVisibility({ opacityProperty: true, visibilityProperty: true, contentVisibilityAuto: true });
  const need = (good, text, e) => good || wrong.push(e ? `${text}: ${name(e)}` : text);

  // Structure.
  const spoken = (e) => e.ariaLabel || document.getElementById(e.getAttribute("aria-labelledby"))?.textContent;
  need(document.documentElement.lang === options.lang, "the page does not name its language");
  need(document.title.trim(), "no title");
  for (const landmark of ["header", "nav", "main"]) need(all(landmark).length === 1, `not one ${landmark}`);
  for (const e of all("nav, [role=region], [role=group], [role=application]")) need(e.ariaLabel || e.getAttribute("aria-labelledby") || e.matches("details *"), "no label", e);
  const ids = all("[id]").map((e) => e.id);
  need(new Set(ids).size === ids.length, "an id stands twice: " + ids.filter((id, i) => ids.indexOf(id) !== i));
  for (const e of all("[aria-labelledby], [aria-describedby], [aria-controls]"))
    for (const a of ["aria-labelledby", "aria-describedby", "aria-controls"])
      if (e.hasAttribute(a)) need(document.getElementById(e.getAttribute(a)), `${a} names nothing`, e);
  for (const e of all('a[href^="#"]')) need(document.getElementById(decodeURIComponent(e.hash.slice(1))), "a link to nowhere", e);
  for (const e of all("img")) need(e.alt.trim().length > 10 || e.matches(".logo"), "a picture without words", e);
  for (const e of all("img")) need(e.naturalWidth > 0, "a picture that does not load", e);
  for (const e of all("table")) {
    need(e.caption, "a table without caption", e);
    need(e.tHead && [...e.tHead.querySelectorAll("th")].every((th) => th.scope === "col" && th.textContent.trim()), "heads without scope or words", e);
    const named = (row) => [...row.cells].find((cell) => cell.scope === "row")?.textContent.trim();
    need(e.tBodies[0] && [...e.tBodies[0].rows].every(named), "rows without head", e);
  }
  for (const e of all("summary a, summary button, button a, button button")) need(false, "a control within a control", e);
  for (const e of all("[role=region]")) need(all("[role=region]").filter((r) => spoken(r) === spoken(e)).length === 1, "two regions of one name", e);
  for (const e of all("figcaption, caption, h1, h2, nav li")) need(!/^\s*(\S+ )?[\d.]+[A-Za-z]/.test(e.textContent), "a number runs into its words", e);
  for (const e of all("button, summary, a[href]")) need((e.ariaLabel || e.textContent).trim(), "a control without name", e);
  for (const e of all("input")) need(e.closest("label") && e.closest("label").textContent.trim(), "a box without label", e);
  for (const e of all("[tabindex]")) need(e.tabIndex <= 0, "a tab order of its own", e);
  let level = 0;
  for (const e of all("h1, h2, h3, [role=heading]")) {
    const now = Number(e.getAttribute("aria-level") || e.tagName.slice(1));
    need(now <= level + 1, "a heading leaves out a level", e);
    level = now;
  }
  const rtl = all(".live [dir], .live .label").every((e) => e.dir === "auto");
  need(rtl, "labels do not follow their own direction");

  // Contrast: the colour of each visible text against what lies under it.
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = (top, under) => [0, 1, 2].map((i) => top[i] * top[3] + under[i] * (1 - top[3])).concat(1);
  const luminance = (c) => [0.2126, 0.7152, 0.0722].reduce((sum, w, i) => {
    const v = c[i] / 255;
    return sum + w * (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  }, 0);
  const ground = (e) => {
    const layers = [];
    for (let at = e; at; at = at.parentElement) layers.push(rgba(getComputedStyle(at).backgroundColor));
    const base = matchMedia("(prefers-color-scheme: dark)").matches ? [18, 18, 18, 1] : [255, 255, 255, 1];
    return layers.reverse().reduce((under, layer) => over(layer, under), base);
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const told = new Set();
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || e.closest("script, style, .status") || !seen(e)) continue;
    const style = getComputedStyle(e);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    let opacity = 1;
    for (let at = e; at; at = at.parentElement) opacity *= Number(getComputedStyle(at).opacity);
    const under = ground(e);
    const colour = rgba(style.color);
    const shown = over([colour[0], colour[1], colour[2], colour[3] * opacity], under);
    const [one, two] = [luminance(shown), luminance(under)].sort((a, b) => b - a);
    const ratio = (one + 0.05) / (two + 0.05);
    const key = style.color + under + e.className;
    if (ratio < (large ? 3 : 4.5) && !told.has(key)) wrong.push(`contrast ${ratio.toFixed(2)}: ${name(e)}`);
    told.add(key);
    if (size < 11) wrong.push(`letters of ${size} px: ${name(e)}`);
  }

  // Targets: what a finger is to hit is large enough; links within a sentence are exempt (WCAG 2.2, 2.5.8).
  for (const e of all("button, summary, label, nav a")) {
    if (!seen(e)) continue;
    const { width, height } = e.getBoundingClientRect();
    const least = options.touch && !e.matches("nav a") ? 44 : 24;
    need(width >= least - 0.5 && height >= least - 0.5, `a target of ${width.toFixed()} × ${height.toFixed()}`, e);
  }

  // Nothing wider than the window but what scrolls in its own box.
  // (On a telephone the window itself grows with what sticks out: the width it was given counts.)
  const wide = options.width;
  need(document.documentElement.scrollWidth <= wide && innerWidth <= wide, `the page is ${document.documentElement.scrollWidth} wide`);
  for (const e of all("main *, header *")) {
    if (!seen(e) || e.closest(".scroll, svg, figure:not(.drawn), .status, .choices, .drawn > img")) continue;
    const box = e.getBoundingClientRect();
    if (box.width && box.right > wide + 1) wrong.push(`outside at the right (${box.right.toFixed()}): ${name(e)}`);
  }
  return wrong;
}
