package browsertest

import (
	"context"
	"testing"

	"github.com/chromedp/chromedp"
)

// Accessible reports what keeps people from using the page in a tab as it is now: controls
// without a name, text that is too faint, ids that stand there twice, a focus order of its own.
func Accessible(tab context.Context, t *testing.T, name string) {
	t.Helper()
	problems, err := chromedp.Run(tab, chromedp.Evaluate[[]string](barriers))
	if err != nil {
		t.Fatalf("%s: look for barriers: %v", name, err)
	}
	for _, problem := range problems {
		t.Errorf("%s: %s", name, problem)
	}
}

// barriers lists the problems of a page. Contrast is that of WCAG 2.2, level AA.
const barriers = `(() => {
  const found = new Set(), seen = (e) => e.checkVisibility({visibilityProperty: true});
  const show = (e) => e.tagName.toLowerCase() + (e.id && "#" + e.id) + " " + JSON.stringify(e.textContent.trim().slice(0, 30));
  if (!document.documentElement.lang) found.add("the page names no language");
  if (!document.title) found.add("the page has no title");
  const ids = [...document.querySelectorAll("[id]")].map(e => e.id);
  ids.filter((id, i) => ids.indexOf(id) !== i).forEach(id => found.add("two elements have the id " + id));
  for (const e of document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex]")) {
    if (e.tabIndex > 0) found.add(show(e) + " has a place of its own in the focus order");
    const name = e.ariaLabel || e.textContent.trim() && !e.matches("select, textarea") || [...e.labels || []].some(l => l.textContent.trim()) || e.title || e.getAttribute("aria-labelledby");
    if (seen(e) && !name) found.add(show(e) + " has no name");
  }
  for (const e of document.querySelectorAll("img, svg[role=img]"))
    if (seen(e) && !e.alt && !e.ariaLabel) found.add(show(e) + " has no text in its place");
  const rgb = (color) => color.match(/[\d.]+/g).map(Number);
  const light = (c) => c.slice(0, 3).map(v => v / 255).map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4).reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  const ground = (e) => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3] > 0) return c; } return [255, 255, 255]; };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const e = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || e.closest("script, style, template, noscript, svg") || !seen(e)) continue;
    const style = getComputedStyle(e), [a, b] = [light(rgb(style.color)), light(ground(e))].sort((x, y) => y - x);
    const large = parseFloat(style.fontSize) >= 24 || parseFloat(style.fontSize) >= 18.66 && style.fontWeight >= 700;
    if ((a + .05) / (b + .05) < (large ? 3 : 4.5)) found.add(show(e) + " has a contrast of " + ((a + .05) / (b + .05)).toFixed(2));
  }
  return [...found].slice(0, 20);
})()`
