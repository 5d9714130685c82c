import { drains } from './drains.ts';
import { fullDisk } from './full-disk.ts';
import { lostAnswers, resets, stops } from './interrupted.ts';
import { kills } from './kills.ts';
import { relay } from './relay.ts';
import type { Trial } from './trial.ts';

/** In the order of the table. */
export const trials: Readonly<Record<string, Trial>> = { stops, resets, answers: lostAnswers, disk: fullDisk, drains, kills, relay };
