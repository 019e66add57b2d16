import assert from "node:assert/strict";
import test from "node:test";
import { finished, Growing } from "../../frontend/static/giint/js/markdown.js";

const whole = (text) => finished(text).map((block) => block.html).join("");

const TEXT = `# Title

A *paragraph* with \`code\` and [a link](https://example.org/a?b=1&c=2).

- one
- [x] two

\`\`\`python
def f(): return "<b>"
\`\`\`

| a | b |
|---|--:|
| 1 | 2 |

> quoted

The end.`;

test("a text that grows piece by piece ends as the text that came at once", () => {
  for (const step of [1, 3, 7]) {
    const growing = new Growing();
    let seen = { frozen: [], tail: null };
    for (let end = step; end < TEXT.length + step; end += step) seen = growing.update(TEXT.slice(0, end));
    const text = seen.frozen.map((block) => block.html).join("") + seen.tail.html;
    assert.equal(text, whole(TEXT), `in steps of ${step}`);
  }
});

test("frozen blocks stay the same objects, and the array changes only with a new block", () => {
  const growing = new Growing();
  const first = growing.update("One.\n\nTwo.\n\nThr").frozen;
  const second = growing.update("One.\n\nTwo.\n\nThree is lon").frozen;
  assert.equal(second, first);
  const third = growing.update("One.\n\nTwo.\n\nThree is long.\n\nFour").frozen;
  assert.deepEqual([third.length, third[0] === first[0]], [3, true]);
});

test("the end makes nothing anew of what stays the same, and puts together what belongs together", () => {
  const growing = new Growing();
  const text = "One.\n\n1. a\n\n1";
  const { frozen } = growing.update(text);
  const blocks = growing.finish(`${text}. b`);
  assert.equal(blocks[0], frozen[0]);
  assert.deepEqual([blocks.length, blocks[1].html], [2, whole("1. a\n\n1. b")]);
});

test("only what follows the frozen blocks is lexed again", () => {
  const growing = new Growing();
  const paragraph = `${"word ".repeat(40)}\n\n`;
  let text = "";
  const started = performance.now();
  for (let n = 0; n < 800; n += 1) growing.update((text += paragraph));
  assert.ok(performance.now() - started < 5_000, "160 KB in 800 updates");
  assert.equal(growing.update(text).frozen.length, 799);
});

test("a restarted answer begins anew", () => {
  const growing = new Growing();
  growing.update("Old one.\n\nOld two.\n\nOld");
  const { frozen, tail } = growing.update("New");
  assert.deepEqual([frozen.length, tail.html], [0, "<p>New</p>\n"]);
});

test("a link defined at the end counts once the text is whole", () => {
  const text = "See [it].\n\nMore.\n\n[it]: https://example.org/";
  const growing = new Growing();
  growing.update(text.slice(0, 20));
  assert.match(growing.update(text).frozen[0].html, /\[it\]/);
  assert.match(whole(text), /<a href="https:\/\/example.org\/"/);
});

test("html is text", () => {
  for (const hostile of ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "a <b onclick=x>b</b>", "<!-- x -->"]) {
    assert.doesNotMatch(whole(hostile).replaceAll(/<\/?p>/g, ""), /<[a-z!]/i, hostile);
  }
});

test("images become links, and links go out by http, https and mail alone", () => {
  assert.equal(whole("![cat](https://example.org/cat.png)"),
    '<p><a href="https://example.org/cat.png" target="_blank" rel="noopener noreferrer nofollow">cat</a></p>\n');
  const addresses = ["javascript:alert(1)", "data:text/html,x", "vbscript:x", "/admin/", "//example.org", "file:///etc", "JaVaScRiPt:x"];
  for (const address of addresses) {
    assert.doesNotMatch(whole(`[a](${address}) ![i](${address})`), /<a|<img/, address);
  }
});

test("attributes cannot be broken out of", () => {
  const html = whole('[a](https://e.org/"onmouseover="x) \n\n```"><script>\ncode\n```');
  assert.doesNotMatch(html, /<script|" ?onmouseover/);
});

test("code is coloured when its language is known, and text otherwise", () => {
  assert.match(whole("```python\ndef f(): pass\n```"), /hljs-keyword/);
  assert.match(whole("```nonsense\na < b\n```"), /<code>a &lt; b<\/code>/);
  assert.doesNotMatch(whole("```\n<i>\n```"), /<i>/);
});

test("code that still grows has no colours", () => {
  assert.doesNotMatch(new Growing().update("```python\ndef f(").tail.html, /hljs/);
});

test("carriage returns do not shift what is frozen", () => {
  const growing = new Growing();
  let text = "";
  for (const piece of ["One.\r", "\n\r\nTwo.", "\r\n\r\nThree."]) text += piece;
  growing.update("One.\r");
  growing.update("One.\r\n\r\nTwo.");
  const { frozen, tail } = growing.update(text);
  assert.equal(frozen.map((block) => block.html).join("") + tail.html, whole("One.\n\nTwo.\n\nThree."));
});
