import { describe, expect, test } from 'vitest';
import type { Claim, Evidence } from '../../src/records/study-findings.ts';
import { type AnalysisOptions, analyseStudy } from '../../src/study/analysis/analysis.ts';
import { claimsOf } from '../../src/study/analysis/claims.ts';
import { judge } from '../../src/study/analysis/judge.ts';
import { type Design, type Outcome, plantedTables, unvalidated } from './planted.ts';

const NAMES = [
  'better_score',
  'lower_validation_loss',
  'fewer_epochs',
  'steadier_over_epochs',
  'steadier_over_seeds',
];

/** Between -1 and 1, of mean 0 over six seeds, none like another. */
const WOBBLE = [-1, 0.6, -0.2, 1, -0.7, 0.3];

/** A run in an arm that does well, or in one that does not; seeds differ, and do not differ alike in both. */
function outcome(good: boolean, seed: number): Outcome {
  const wobble = WOBBLE[seed % 6];
  const other = WOBBLE[(seed + 2) % 6];
  return good
    ? {
        dice: 0.75 + 0.003 * wobble,
        loss: (epoch) => 0.2 + 0.002 * other + 0.01 / epoch + (epoch % 2) * 0.001,
        valDice: (epoch) => 0.8 * (1 - 0.3 ** epoch) + 0.001 * wobble,
      }
    : {
        dice: 0.7 + 0.02 * other,
        loss: (epoch) => 0.3 + 0.004 * wobble + 0.01 / epoch + (epoch % 2) * (0.02 + 0.004 * other),
        valDice: (epoch) => 0.8 * (1 - 0.75 ** epoch) + 0.001 * other,
      };
}

function claimsIn(
  design: Partial<Design>,
  outcomeOf: (arm: string, seed: number) => Outcome,
  options: Partial<AnalysisOptions> = {},
): Claim[] {
  const tables = plantedTables({ arms: ['scratch', 'denoise'], seeds: 6, epochs: 12, ...design }, (run) =>
    outcomeOf(run.arm, run.seed),
  );
  return claimsOf(analyseStudy(tables, { baseline: 'scratch', ...options }));
}

describe('without validation at one of two budgets', () => {
  const tables = plantedTables(
    { arms: ['scratch', 'denoise'], labels: ['22', '88'], seeds: 6, epochs: 12 },
    ({ arm, seed }) => outcome(arm === 'denoise', seed),
  );
  const analysis = analyseStudy(
    unvalidated(tables, ({ labels }) => labels === '22'),
    { baseline: 'scratch', level: 0.6 },
  );
  const at = (labels: string) => claimsOf(analysis).filter((claim) => claim.labels === labels);

  test('what needs it cannot be claimed there, and the rest can', () => {
    expect(verdicts(at('88'))).toEqual(all('supported'));
    expect(verdicts(at('22'))).toEqual([
      ['better_score', 'supported'],
      ['lower_validation_loss', 'cannot_be_claimed'],
      ['fewer_epochs', 'cannot_be_claimed'],
      ['steadier_over_epochs', 'cannot_be_claimed'],
      ['steadier_over_seeds', 'supported'],
    ]);
    const [, loss, epochs] = at('22');
    expect(loss.sentence).toBe(
      'With 22 masks, it cannot be said whether denoise reaches a lower validation loss than scratch: no image validates.',
    );
    expect(epochs).toMatchObject({ estimate: Number.NaN, p_holm: Number.NaN, seeds: 6, smallest_p: 2 / 64 });
  });

  test('nothing is counted of it', () => {
    const [few, many] = analysis.budgets;
    expect(few).toMatchObject({ lowest_val_loss: [], best_epoch: [], stability: { over_epochs: [] } });
    expect(few).not.toHaveProperty('epochs_to_level');
    expect(few.reach).toEqual(many.reach);
  });
});

const verdicts = (claims: readonly Claim[]) => claims.map(({ claim, verdict }) => [claim, verdict]);

const all = (verdict: Claim['verdict']) => NAMES.map((claim) => [claim, verdict]);

describe('six seeds that all agree', () => {
  const claims = claimsIn({}, (arm, seed) => outcome(arm === 'denoise', seed), { level: 0.6 });

  test('support every claim', () => {
    expect(verdicts(claims)).toEqual(all('supported'));
    for (const { claim, p_holm, smallest_p, seeds, seeds_needed, primary } of claims) {
      const floor = claim === 'steadier_over_seeds' ? 0 : 2 / 64;
      expect([p_holm < 0.05, smallest_p, seeds, seeds_needed, primary]).toEqual([true, floor, 6, 6, false]);
    }
  });

  test('are said in sentences with their numbers', () => {
    const sentences = claims.map(({ sentence }) => sentence);
    expect(sentences[0]).toMatch(
      /^With 88 masks, the claim that denoise scores a higher dice than scratch is supported\. Difference \+0\.05\d \(95 % interval \+0\.0\d\d to \+0\.0\d\d\), p = 0\.031, 6 seeds\.$/,
    );
    expect(sentences[1]).toMatch(
      /that denoise reaches a lower validation loss than scratch is supported\. Difference −0\.1/,
    );
    expect(sentences[2]).toMatch(
      /takes fewer epochs than scratch to a validation Dice of 0\.600 is supported\. Difference −3\.\d /,
    );
    expect(sentences[3]).toMatch(/trains more steadily from epoch to epoch than scratch is supported/);
    expect(sentences[4]).toMatch(
      /varies less from seed to seed than scratch is supported\. Ratio 0\.15 \(95 % interval 0\.\d\d to 0\.\d\d\)/,
    );
  });

  test('contradict them where it is the other arm that does well', () => {
    const opposite = claimsIn({}, (arm, seed) => outcome(arm === 'scratch', seed), { level: 0.6 });
    expect(verdicts(opposite)).toEqual(all('contradicted'));
    expect(opposite[0].estimate).toBeCloseTo(-claims[0].estimate, 12);
    expect(opposite[1].sentence).toMatch(
      /that denoise reaches a lower validation loss than scratch is contradicted\. Difference \+0\.1/,
    );
  });
});

describe('arms that differ seed by seed, but not on the whole', () => {
  // Of mean 0 as the signs are, and not correlated with them.
  const seeds = [-1, -1, 0.2, 0.2, 0.8, 0.8];
  const up = (seed: number) => (seed % 2 === 0 ? 1 : -1);
  const claims = claimsIn({}, (arm, seed) => {
    const sign = arm === 'denoise' ? up(seed) : 0;
    return {
      dice: 0.7 + 0.02 * seeds[seed] + 0.01 * sign,
      loss: (epoch) => 0.3 + 0.01 * sign + (epoch % 2) * (0.02 + 0.001 * sign),
      valDice: (epoch) => Math.min(0.8, (epoch + sign) / 10),
    };
  });

  test('are not found to differ, and larger differences are excluded', () => {
    expect(verdicts(claims)).toEqual(all('no_difference'));
    for (const { p, ci95, estimate } of claims) {
      expect(p).toBeGreaterThan(0.3);
      expect(ci95![0]).toBeLessThan(estimate);
      expect(ci95![1]).toBeGreaterThan(estimate);
    }
    const [low, high] = claims[1].ci95!;
    expect(claims[1].sentence).toBe(
      `With 88 masks, no difference between denoise and scratch is found in the lowest validation loss, and differences above 0.0115 are excluded. Difference 0.0000 (95 % interval −0.0115 to +0.0115), p = 1.000, 6 seeds.`,
    );
    // t(0.975, 5) = 2.5706, standard deviation sqrt(6 / 5) of 0.01.
    expect(high).toBeCloseTo((2.570582 * 0.01 * Math.sqrt(6 / 5)) / Math.sqrt(6), 8);
    expect(low).toBeCloseTo(-high, 12);
    expect(claims[4].sentence).toMatch(/and ratios below 0\.\d\d and above \d\.\d\d are excluded\. Ratio/);
  });
});

describe('few seeds', () => {
  test('cannot support any claim, however much they agree', () => {
    const claims = claimsIn({ seeds: 3 }, (arm, seed) => outcome(arm === 'denoise', seed), { level: 0.6 });
    expect(verdicts(claims)).toEqual(all('cannot_be_claimed'));
    for (const { claim, smallest_p, seeds_needed, sentence } of claims) {
      expect([smallest_p, seeds_needed]).toEqual([0.25, 6]);
      const why =
        claim === 'steadier_over_seeds'
          ? 'so few seeds do not show whether their scores are normal, as the test takes them to be'
          : 'with 3 seeds p cannot be below 0.250';
      expect(sentence).toMatch(/^With 88 masks, it cannot be said whether denoise /);
      expect(sentence).toMatch(new RegExp(`: ${why}, and a claim needs 6 seeds\\. (Difference|Ratio)`));
    }
  });

  test('of one there is no interval, and no spread', () => {
    const claims = claimsIn({ seeds: 1 }, (arm, seed) => outcome(arm === 'denoise', seed), { level: 0.6 });
    expect(verdicts(claims)).toEqual(all('cannot_be_claimed').slice(0, 4));
    expect(claims[1].sentence).toMatch(
      /with 1 seed p cannot be below 1\.000, and a claim needs 6 seeds\. Difference −0\.\d{4}, p = 1\.000, 1 seed\.$/,
    );
  });

  test('are too few where more arms are compared, but for the primary contrast', () => {
    const arms = ['scratch', 'denoise', 'identity'];
    const primary = { arm: 'denoise', metric: 'hd95', labels: '88' };
    const claims = claimsIn({ arms }, (arm, seed) => outcome(arm === 'denoise', seed), {
      primary,
      level: 0.6,
    });
    const ofDenoise = claims.filter(({ arm }) => arm === 'denoise');
    expect(claims.slice(0, ofDenoise.length)).toEqual(ofDenoise);
    expect(ofDenoise.map(({ claim, metric, primary, verdict }) => [claim, metric, primary, verdict])).toEqual(
      [
        ['better_score', 'dice', false, 'cannot_be_claimed'],
        ['better_score', 'hd95', true, 'supported'],
        ...NAMES.slice(1, -1).map((claim) => [claim, undefined, false, 'cannot_be_claimed']),
        // Its test knows no smallest p.
        ['steadier_over_seeds', undefined, false, 'supported'],
      ],
    );
    expect(ofDenoise.slice(0, -1).map(({ smallest_p, seeds_needed }) => [smallest_p, seeds_needed])).toEqual(
      ofDenoise.slice(0, -1).map(({ primary }) => (primary ? [2 / 64, 6] : [4 / 64, 7])),
    );
    expect(ofDenoise[1].sentence).toContain('that denoise scores a lower hd95 than scratch is supported');
    expect(claims.filter(({ arm }) => arm === 'identity').map(({ metric }) => metric)).toEqual([
      'dice',
      ...NAMES.slice(1).map(() => undefined),
    ]);
  });
});

describe('a level that is not always reached', () => {
  const fewerEpochs = (level: number) =>
    claimsIn({}, (arm, seed) => outcome(arm === 'denoise', seed), { level }).find(
      ({ claim }) => claim === 'fewer_epochs',
    )!;

  test('counts the epochs that there were, and says so', () => {
    // Scratch comes to 0.8 (1 - 0.75^12) = 0.7747 or so.
    const { verdict, sentence, estimate } = fewerEpochs(0.785);
    expect(verdict).toBe('supported');
    // Denoise: 0.8 (1 - 0.3^4) = 0.7935, after three epochs 0.7784.
    expect(estimate).toBe(4 - 12);
    expect(sentence).toMatch(
      / 6 of 6 runs of denoise and 0 of 6 runs of scratch reached it; the others count as 12 epochs\.$/,
    );
  });

  test('by no run at all leaves nothing to claim', () => {
    const { verdict, sentence } = fewerEpochs(0.95);
    expect(verdict).toBe('cannot_be_claimed');
    expect(sentence).toBe(
      'With 88 masks, it cannot be said whether denoise takes fewer epochs than scratch to a validation Dice of 0.950: no run of denoise or scratch reached a validation Dice of 0.950 in 12 epochs.',
    );
  });
});

describe('the rules', () => {
  const evidence = (p_holm: number, ci95: readonly [number, number]): Evidence => ({
    ...{ arm: 'a', estimate: (ci95[0] + ci95[1]) / 2, ci95, p: p_holm, p_holm, seeds: 6 },
    ...{ smallest_p: 2 / 64, seeds_needed: 6 },
  });
  const higher = { neutral: 0, claimed: 1 } as const;

  test.each<[string, Evidence, Claim['verdict']]>([
    ['both', evidence(0.031, [0.1, 0.3]), 'supported'],
    ['both, on the other side', evidence(0.031, [-0.3, -0.1]), 'contradicted'],
    ['the test alone', evidence(0.031, [-0.1, 0.5]), 'no_difference'],
    ['the interval alone', evidence(0.063, [0.1, 0.3]), 'no_difference'],
    ['neither', evidence(0.5, [-0.3, 0.2]), 'no_difference'],
    ['a test that cannot', { ...evidence(0.25, [0.1, 0.3]), smallest_p: 0.25 }, 'cannot_be_claimed'],
  ])('where the difference is found by %s', (_, found, verdict) => {
    expect(judge(found, higher)).toBe(verdict);
  });

  test('turn round with the side that is claimed, and hold for ratios', () => {
    expect(judge(evidence(0.031, [-0.3, -0.1]), { neutral: 0, claimed: -1 })).toBe('supported');
    expect(judge(evidence(0.031, [0.2, 0.8]), { neutral: 1, claimed: -1 })).toBe('supported');
    expect(judge(evidence(0.031, [0.2, 1.1]), { neutral: 1, claimed: -1 })).toBe('no_difference');
  });
});

test('where test and interval do not agree, it is said', () => {
  // Every seed agrees on these images, of which half gain and half lose by the arm.
  const tables = plantedTables({ arms: ['scratch', 'denoise'], seeds: 6, images: 8 }, () => ({ dice: 0.5 }));
  const images = tables.images.map((row) => {
    const gain = row.arm === 'denoise' ? [0.3, -0.2][Number(row.image) % 2] + 0.001 * WOBBLE[row.seed] : 0;
    return { ...row, scores: { dice: row.scores.dice + gain } };
  });
  const [score] = claimsOf(analyseStudy({ ...tables, images }, { baseline: 'scratch' }));
  expect([score.verdict, score.p]).toEqual(['no_difference', 2 / 64]);
  expect(score.sentence).toMatch(/The test finds a difference, but the interval includes 0\.$/);
});
