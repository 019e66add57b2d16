// Counts inside the page while it draws an answer: frames by requestAnimationFrame, long tasks by their observer.
// Nothing here looks at the page but one attribute each frame, so that counting costs nothing that shows.

const FRAME = 1000 / 60;
const AFTER = 1000; // ms: what the page still does once the answer is whole belongs to it

globalThis.watch = () =>
  new Promise((done) => {
    const tasks = [];
    const observer = new PerformanceObserver((list) => tasks.push(...list.getEntries()));
    observer.observe({ type: "longtask" });
    let begun = 0;
    let ended = 0;
    let last = 0;
    let frames = 0;
    let dropped = 0;
    requestAnimationFrame(function frame(now) {
      const busy = document.querySelector('article[aria-busy="true"]') !== null;
      if (busy) begun ||= now;
      if (begun && !busy) ended ||= now;
      if (begun && last >= begun) {
        frames += 1;
        dropped += Math.max(0, Math.round((now - last) / FRAME) - 1);
      }
      last = now;
      if (!ended || now < ended + AFTER) requestAnimationFrame(frame);
      else setTimeout(finish); // the observer is told of the last task after the frame
    });
    function finish() {
      observer.disconnect();
      const blocked = tasks.filter((task) => task.startTime >= begun).map((task) => task.duration);
      const longest = Math.max(0, ...blocked);
      done({ frames, dropped, blocked: blocked.reduce((sum, one) => sum + one, 0) / 1000, longest, seconds: (ended - begun) / 1000 });
    }
  });

// The text on the page; the names and buttons above code are the page's own.
globalThis.shown = () => {
  const prose = document.querySelector("article:not(.me) .prose").cloneNode(true);
  for (const own of prose.querySelectorAll(".code > header")) own.remove();
  return prose.textContent;
};
