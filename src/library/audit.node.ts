import * as z from 'zod';
import { type Audit, auditRun } from '../audit/audit.node.ts';
import { type AuditOptions, auditSchema } from '../audit/settings.ts';
import { expectApart } from '../core/place.node.ts';
import type { RunContext } from '../events/run-event.ts';
import { outputSchema } from '../settings/output.ts';
import { parseSettings } from '../settings/parse.ts';

const { out, pictures } = outputSchema.shape;
const auditOutputSchema = z.strictObject({ out: out.optional(), pictures });

/** Where an audit goes. Without `out` nothing is written. */
export interface AuditPlace extends RunContext {
  /** Folder for `audit.json` and `audit.html`. */
  readonly out?: string;
  /** Whether pictures of the audited images are shown; default true. */
  readonly pictures?: boolean;
}

/**
 * Audits the skip connections of a run's network: whether the image comes through the bottleneck or slips through the
 * skips.
 *
 * @throws UserError for a run or images that cannot be used; the reason of `signal` once it ends the work, of which nothing is written
 */
export async function audit(
  options: AuditOptions,
  { signal, onEvent, ...output }: AuditPlace = {},
): Promise<Audit & { readonly page?: string }> {
  const { out, pictures } = parseSettings(auditOutputSchema, output);
  const { run, images, outOfDomain } = parseSettings(auditSchema, options);
  if (out !== undefined) {
    const read = [images, outOfDomain].flatMap((folder) => folder ?? []);
    expectApart(out, { apart: read, closed: read });
  }
  const found = await auditRun(options, { signal, onEvent });
  if (out === undefined) return found;
  const { writeAudit } = await import('../report/audit/write-audit.node.ts');
  const { page } = await writeAudit(found, { out, pictures, run });
  return { ...found, page };
}
