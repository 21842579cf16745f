// React, Redux Toolkit and zod on a plain WebSocket, dispatching once in an animation frame.

import { start } from "./app.jsx";
import { receive } from "./batched.js";
import { listen } from "./socket.js";

start();
listen(receive);
