// The search of the documentation's site: in the reader's browser, from a file beside the pages, so also without a server.
const root = document.currentScript.dataset.root;
const form = document.querySelector('form');
const [field, list] = [form.querySelector('input'), form.querySelector('ol')];
const MOST = 20;
const AROUND = 70;

/** Loaded when it is needed first. A script, as pages that are opened as files may not fetch. */
let index;
function load() {
  index ??= new Promise((resolve) => {
    const script = document.createElement('script');
    script.src = `${root}/search-index.js`;
    script.onload = () => resolve(globalThis.searchIndex);
    document.head.append(script);
  });
  return index;
}

const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
/** Where a word begins with what was typed. */
const beginning = (word) => new RegExp(`(?<![\\p{L}\\p{N}])${escaped(word)}`, 'iu');

/** How well a section fits: each word must be in it somewhere, and counts most in a heading. */
function scoreOf([heading, page, , text], patterns) {
  const scores = patterns.map(
    (pattern) => 8 * pattern.test(heading) + 4 * pattern.test(page) + pattern.test(text),
  );
  return scores.every((score) => score > 0) ? scores.reduce((a, b) => a + b) : 0;
}

/** The text around the first word, with all words marked. */
function excerptOf(text, patterns) {
  const at = Math.max(0, text.search(patterns[0]));
  const from = Math.max(0, text.lastIndexOf(' ', Math.max(0, at - AROUND)));
  const part = text.slice(from, at + 2 * AROUND);
  const excerpt = document.createElement('small');
  const words = new RegExp(`(${patterns.map(({ source }) => source).join('|')})`, 'iu');
  part.split(words).forEach((piece, i) => {
    const element = i % 2 ? document.createElement('mark') : document.createTextNode('');
    element.textContent = piece;
    excerpt.append(element);
  });
  return excerpt;
}

function entryOf([heading, page, address, text], patterns) {
  const link = document.createElement('a');
  link.href = `${root}/${address}`;
  link.append(heading ? `${heading} · ${page}` : page, excerptOf(text, patterns));
  const entry = document.createElement('li');
  entry.append(link);
  return entry;
}

async function show() {
  const patterns = field.value.split(/\s+/).filter(Boolean).map(beginning);
  const sections = patterns.length > 0 ? await load() : [];
  const found = sections
    .map((section) => ({ section, score: scoreOf(section, patterns) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .slice(0, MOST);
  list.replaceChildren(...found.map(({ section }) => entryOf(section, patterns)));
  if (patterns.length > 0 && found.length === 0) list.append('Nothing found.');
}

form.hidden = false;
field.addEventListener('focus', load);
field.addEventListener('input', show);
form.addEventListener('submit', (event) => {
  event.preventDefault();
  list.querySelector('a')?.click();
});
list.addEventListener('click', () => list.replaceChildren());
document.addEventListener('keydown', (event) => {
  if (event.key === '/' && document.activeElement !== field) {
    event.preventDefault();
    field.focus();
  } else if (event.key === 'Escape') list.replaceChildren();
});
