// What both ways of dispatching do with a message first: only the user's organizations, only what is valid.

import { event } from "./schema.js";
import { ORGANIZATIONS } from "./store.js";

const memberships = new Set(ORGANIZATIONS);

/// The event, or nothing if it is not for this user or not valid.
export const accept = (message) => {
  if (!memberships.has(message.organizationId)) return undefined;
  const parsed = event.safeParse(message);
  return parsed.success ? parsed.data : undefined;
};

/// All that is acceptable in a snapshot, which stands for the first fetch of the state.
export const acceptAll = (messages) => messages.map(accept).filter(Boolean);
