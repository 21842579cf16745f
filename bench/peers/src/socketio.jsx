// The same as `react.jsx` behind socket.io-client.

import { io } from "socket.io-client";

import { settings } from "../../harness.js";
import { acceptAll } from "./accept.js";
import { start } from "./app.jsx";
import { receive } from "./batched.js";
import { connected, patientsUpdated, store } from "./store.js";

start();
// Straight to a WebSocket: without this it begins with long polling.
const socket = io(settings.server, { transports: ["websocket"] });
socket.on("connect", () => store.dispatch(connected()));
socket.on("event", receive);
socket.on("events", (messages) => messages.forEach(receive));
socket.on("snapshot", ({ events }) => store.dispatch(patientsUpdated(acceptAll(events))));
