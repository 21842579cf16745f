// The ceiling: what the browser can deliver. Nothing is done with a frame but count it.

import { connected, serve, settings, show } from "../../harness.js";

serve({});
let frames = 0;
const socket = new WebSocket(settings.server);
socket.binaryType = "arraybuffer";
socket.onopen = connected;
socket.onmessage = () => show(++frames);
