/**
 * Who listens to which event.
 *
 * Without abilities and items only statuses, volatile conditions, side conditions and the field
 * have handlers, and most of the time there are none of these. What a condition listens to never
 * changes, so it is worked out once for each event and condition.
 */
import { fastDex } from './dex.mjs';

/** Events that are heard only by the one they happen to. */
const PRIVATE = new Set(['BeforeTurn', 'Update', 'Weather', 'WeatherChange', 'TerrainChange']);

/** An event's handler names, and which conditions have any of them. */
class GameEvent {
  #listeners = new Map();

  constructor(id) {
    this.id = id;
    this.on = `on${id}`;
    this.onAlly = `onAlly${id}`;
    this.onFoe = `onFoe${id}`;
    this.onAny = `onAny${id}`;
    this.onSource = `onSource${id}`;
    this.shared = !PRIVATE.has(id);
    this.names = [this.on, this.onAlly, this.onFoe, this.onAny, this.onSource];
  }

  /** Whether a condition has a handler for the event. */
  heardBy(conditionId) {
    let heard = this.#listeners.get(conditionId);
    if (heard === undefined) {
      const condition = fastDex.conditions.getByID(conditionId);
      heard = this.names.some((name) => condition[name] !== undefined);
      this.#listeners.set(conditionId, heard);
    }
    return heard;
  }
}

const events = new Map();

/** @param {string} id such as "BeforeMove" */
export function gameEvent(id) {
  let event = events.get(id);
  if (event === undefined) {
    event = new GameEvent(id);
    events.set(id, event);
  }
  return event;
}
