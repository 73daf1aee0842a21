import { basename, join, resolve } from 'node:path';
import type { Audit } from '../../audit/audit.node.ts';
import type { AuditPicture } from '../../audit/gallery.ts';
import { REFERENCES } from '../../audit/references.ts';
import { writeWhole } from '../../core/files.node.ts';
import { RUN } from '../../records/entries.ts';
import { bytesOfPlanes, embedBitmap } from '../pictures.node.ts';
import { type AuditRow, auditReport } from './report.ts';

/**
 * Writes `audit.json` and `audit.html` into a folder, and makes it; earlier ones are replaced.
 *
 * @param run the folder of the run that was audited
 * @returns the paths of both
 */
export async function writeAudit(
  audit: Audit,
  { out, run, pictures }: { readonly out: string; readonly run: string; readonly pictures: boolean },
): Promise<{ readonly json: string; readonly page: string }> {
  const [json, page] = [join(out, basename(RUN.audit.name)), join(out, 'audit.html')];
  const { result } = audit;
  const channels = result.kind === 'autoencoder' ? 3 : 1;
  const rows = pictures
    ? await Promise.all(audit.pictures.map((picture) => rowOf(picture, channels)))
    : undefined;
  await writeWhole(json, RUN.audit.write(result));
  const references = REFERENCES.filter(
    ({ kind, decoder }) => kind === result.kind && decoder === result.decoder,
  );
  await writeWhole(
    page,
    auditReport(result, { title: `Audit: ${basename(resolve(run))}`, rows, references }).text,
  );
  return { json, page };
}

async function rowOf(
  { stem, size, target, whole, without, only, swapped }: AuditPicture,
  channels: 1 | 3,
): Promise<AuditRow> {
  // A mask and its probabilities lie in [0, 1].
  const shown = (planes: Float32Array) => (channels === 3 ? planes : planes.map((value) => 2 * value - 1));
  const picture = (planes: Float32Array) =>
    embedBitmap({ ...size, channels, data: bytesOfPlanes(shown(planes), channels) });
  return {
    stem,
    target: await picture(target),
    whole: await picture(whole),
    without: await Promise.all(without.map(picture)),
    only: await Promise.all(only.map(picture)),
    ...(swapped && {
      swapped: {
        donor: await picture(swapped.donor),
        bottleneck: await picture(swapped.bottleneck),
        skips: await picture(swapped.skips),
      },
    }),
  };
}
