// A plain WebSocket: a frame is an event, an array of them, or a snapshot.

import { settings } from "../../harness.js";
import { acceptAll } from "./accept.js";
import { connected, patientsUpdated, store } from "./store.js";

export const listen = (receive) => {
  const socket = new WebSocket(settings.server);
  socket.onopen = () => store.dispatch(connected());
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(data);
    if (Array.isArray(message)) message.forEach(receive);
    else if (message.type === "snapshot") store.dispatch(patientsUpdated(acceptAll(message.events)));
    else receive(message);
  };
};
