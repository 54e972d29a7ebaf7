/** What a clock must remember to go on after a restart. */
export type ClockState = { virtualAt: number; realAt: number; speed: number; offset: number };

/**
 * Two times in one: the server's wall clock, and the task time, which runs `speed` times as fast.
 * Task time goes on while the simulator is stopped, as work on a real server does.
 */
export type Clock = {
  /** The server's wall clock in milliseconds. */
  readonly now: () => number;
  /** The server's wall clock in whole seconds. */
  readonly seconds: () => number;
  /** Task time in milliseconds. */
  readonly taskTime: () => number;
  /** The wall-clock second at which a moment of task time was or will be reached. */
  readonly secondsAt: (taskTime: number) => number;
  readonly speed: () => number;
  readonly setSpeed: (speed: number) => void;
  readonly setOffset: (milliseconds: number) => void;
  readonly state: () => ClockState;
};

export function createClock(now: () => number, initial: ClockState): Clock {
  let state = { ...initial };
  const taskTime = (): number => state.virtualAt + (now() - state.realAt) * state.speed;
  const wall = (): number => now() + state.offset;
  return {
    now: wall,
    seconds: () => Math.floor(wall() / 1000),
    taskTime,
    secondsAt: (at) =>
      Math.floor((state.realAt + (at - state.virtualAt) / state.speed + state.offset) / 1000),
    speed: () => state.speed,
    setSpeed: (speed) => {
      state = { ...state, virtualAt: taskTime(), realAt: now(), speed };
    },
    setOffset: (offset) => {
      state = { ...state, offset };
    },
    state: () => state,
  };
}
