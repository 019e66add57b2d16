// When to work: right behind a frame, so that scripts have most of the time until the next one, and what they changed
// is laid out and painted in that one. Anywhere else, the two together miss a frame on a slow machine.

/** @import { Clock } from "./socket.js" */

/** Frames stop while the page is out of sight; the work goes on. */
const NO_FRAME_MS = 500;

/** @type {Clock} a task behind the first frame after so many milliseconds */
export const behindFrame = {
  now: () => performance.now(),

  set(task, ms) {
    const wait = { timer: setTimeout(() => frame(wait, task), ms), frame: 0 };
    return wait;
  },

  clear(wait) {
    if (!wait) return;
    clearTimeout(wait.timer);
    cancelAnimationFrame(wait.frame);
  },
};

/** @param {{timer: any, frame: number}} wait @param {() => void} task */
function frame(wait, task) {
  wait.timer = setTimeout(() => {
    cancelAnimationFrame(wait.frame);
    task();
  }, NO_FRAME_MS);
  wait.frame = requestAnimationFrame(() => {
    clearTimeout(wait.timer);
    wait.timer = setTimeout(task);
  });
}
