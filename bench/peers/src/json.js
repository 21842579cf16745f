// Parses each frame, and nothing else.

import { connected, serve, settings, show } from "../../harness.js";

serve({});
let events = 0;
const socket = new WebSocket(settings.server);
socket.onopen = connected;
socket.onmessage = ({ data }) => {
  const message = JSON.parse(data);
  events += Array.isArray(message) ? message.length : (message.events?.length ?? 1);
  show(events);
};
