import { z } from 'zod';

const onDate = z.iso.date().describe('the day it takes effect, Europe/Istanbul');
const base = {
  on: onDate,
  document: z.string().min(1).max(300).optional(),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
};
const parties = z.array(z.string().min(1)).min(1);

/**
 * What happened to an agreement, as recorded: its life is derived from these and the time (VII).
 * `document` names the paper, `sha256` is the digest of its signed original.
 */
export const agreementEvent = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('signed'), ...base, agreedBy: parties }),
  z.strictObject({ type: z.literal('annex'), ...base, annex: z.string().min(1) }),
  z.strictObject({ type: z.literal('notice'), ...base, by: z.string().min(1) }),
  z.strictObject({ type: z.literal('termination'), ...base, by: z.string().min(1), ground: z.string().min(1).max(1000) }),
  z.strictObject({ type: z.literal('mutual-end'), ...base, agreedBy: parties }),
  z.strictObject({
    type: z.literal('supplement'),
    ...base,
    id: z.string().min(1).max(100),
    agreedBy: parties,
    grants: z.record(z.string(), z.array(z.string()).min(1)).describe('grant id → the fields that the ek protokol lists'),
  }),
  z.strictObject({ type: z.literal('supplement-end'), ...base, id: z.string().min(1).max(100) }),
]);

export type AgreementEvent = z.infer<typeof agreementEvent>;
export const eventTypes = agreementEvent.options.map((o) => o.shape.type.value);
