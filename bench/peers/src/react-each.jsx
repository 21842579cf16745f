// The same, dispatching each event by itself.

import { accept } from "./accept.js";
import { start } from "./app.jsx";
import { listen } from "./socket.js";
import { patientUpdated, store } from "./store.js";

start();
listen((message) => {
  const event = accept(message);
  if (event !== undefined) store.dispatch(patientUpdated(event));
});
