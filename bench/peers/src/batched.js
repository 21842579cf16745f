// Events are collected and dispatched together, once in an animation frame.

import { accept } from "./accept.js";
import { patientsUpdated, store } from "./store.js";

let waiting = [];

const flush = () => {
  const events = waiting;
  waiting = [];
  store.dispatch(patientsUpdated(events));
};

export const receive = (message) => {
  const event = accept(message);
  if (event === undefined) return;
  if (waiting.length === 0) requestAnimationFrame(flush);
  waiting.push(event);
};
