package console_test

// audit lists what is wrong with a page for people who use a keyboard, a screen reader or
// a narrow window, as axe does: labels, names, contrast (WCAG AA), order of the focus,
// width. It opens what is folded, so that this is looked at as well.
const audit = `(() => {
  const wrong = [], page = document.documentElement;
  for (const d of document.querySelectorAll("details")) d.open = true;
  const named = e => (e.outerHTML.match(/^<[^>]*>/) || [""])[0].slice(0, 120);
  if (page.scrollWidth > page.clientWidth) {
    const wide = [...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > page.clientWidth + 1 && getComputedStyle(e).position !== "absolute").slice(-3).map(named);
    wrong.push("the page is " + page.scrollWidth + " wide in " + page.clientWidth + ": " + wide.join(" "));
  }
  if (page.lang !== "en" || document.querySelectorAll("h1").length !== 1 || document.querySelectorAll("main").length !== 1) wrong.push("language, h1 or main");
  const ids = [...document.querySelectorAll("[id]")].map(e => e.id);
  for (const id of ids.filter((id, i) => ids.indexOf(id) !== i)) wrong.push("two elements with the id " + id);
  for (const e of document.querySelectorAll("input:not([type=hidden]), select, textarea, progress"))
    if (!(e.labels && e.labels.length && e.labels[0].textContent.trim()) && !e.getAttribute("aria-label")) wrong.push("no label: " + named(e));
  for (const e of document.querySelectorAll("a[href]:not([hidden]), button, summary"))
    if (!e.textContent.trim() && !e.getAttribute("aria-label")) wrong.push("no name: " + named(e));
  for (const e of document.querySelectorAll("[role=img], [role=meter], [role=region], dialog"))
    if (!e.getAttribute("aria-label") && !document.getElementById(e.getAttribute("aria-labelledby"))) wrong.push("no name: " + named(e));
  for (const e of document.querySelectorAll("[aria-describedby], [aria-labelledby]"))
    for (const id of (e.getAttribute("aria-describedby") || e.getAttribute("aria-labelledby")).split(" ")) if (!document.getElementById(id)) wrong.push("refers to nothing: " + named(e));
  for (const e of document.querySelectorAll("th")) if (!e.scope) wrong.push("th without scope: " + named(e));
  for (const e of document.querySelectorAll("[tabindex]")) if (e.tabIndex > 0) wrong.push("tabindex above 0: " + named(e));
  const channel = v => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; };
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const color = text => text.match(/[\d.]+/g).map(Number);
  const ground = e => {
    for (; e; e = e.parentElement) { const c = color(getComputedStyle(e).backgroundColor); if (c.length === 3 || c[3] > 0.99) return c; }
    return [255, 255, 255];
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let looked = 0;
  while (texts.nextNode()) {
    const e = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || !e.checkVisibility({visibilityProperty: true}) || e.closest("svg, script, datalist, option")) continue;
    const style = getComputedStyle(e), size = parseFloat(style.fontSize), a = light(color(style.color)), b = light(ground(e));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), large = size >= 24 || size >= 18.6 && style.fontWeight >= 700;
    looked++;
    if (ratio < (large ? 3 : 4.5)) wrong.push("contrast " + ratio.toFixed(2) + ": " + texts.currentNode.data.trim().slice(0, 30) + " in " + named(e));
  }
  if (looked < 10) wrong.push("only " + looked + " texts were looked at");
  return [...new Set(wrong)];
})()`

// focusOrder is what can have the focus, in the order of the document.
const focusOrder = `[...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary, pre[tabindex='0']")]
  .filter(e => e.checkVisibility({visibilityProperty: true}) && !e.disabled).map(e => e.outerHTML.match(/^<[^>]*>/)[0])`

// focused is the element that has the focus, and whether that can be seen.
const focused = `(() => { const e = document.activeElement, style = getComputedStyle(e);
  return {tag: e.outerHTML.match(/^<[^>]*>/)[0], seen: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0}; })()`
