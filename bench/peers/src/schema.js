// The events, as zod's documentation recommends for messages that are told apart by a key.

import * as z from "zod";

const text = z.string().max(200);
const id = z.string().min(1).max(128);

const base = {
  organizationId: id,
  timestamp: z.iso.datetime(),
  epoch: z.string(),
  offset: z.number().int().nonnegative(),
};

const user = z.object({ id, name: text, email: text, firstName: text });

const patient = z.object({
  id,
  name: text,
  ward: text,
  status: z.enum(["stable", "observation", "critical", "discharged"]),
  heartRate: z.number().int().min(0).max(350),
  diagnosis: text.optional(),
});

export const event = z.discriminatedUnion("type", [
  z.object({ type: z.literal("patient_updated"), ...base, patient }),
  z.object({ type: z.literal("user_updated"), ...base, user }),
  z.object({ type: z.literal("user_online"), ...base, userId: id, user: z.object({ userId: id, user, socketCount: z.number() }) }),
  z.object({ type: z.literal("user_offline"), ...base, userId: id }),
]);
