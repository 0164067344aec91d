import t from 'tap';
import { runnerPhases } from '../../src/benchmark/phase.js';
import { milestones, phaseStatus, phasesOfTheEnd } from '../../src/runner/phase-meaning.js';

t.test('a runner that is to stop, or has failed, is not said to be running', async (t) => {
  const notRunning = runnerPhases.filter((phase) => phaseStatus[phase] !== undefined);
  t.same(notRunning, [
    'created',
    'idle',
    'connect_group',
    'load_model',
    'cancel_requested',
    'cancel_observed',
    'error',
    'shutdown_cleanup',
  ]);
});

t.test('the phases of the end are those that a runner tells after it was asked to stop', async (t) => {
  t.same([...phasesOfTheEnd].sort(), ['cancel_observed', 'error', 'shutdown_cleanup']);
});

t.test('milestones have names of their own', async (t) => {
  const names = Object.values(milestones);
  t.equal(new Set(names).size, names.length);
});
