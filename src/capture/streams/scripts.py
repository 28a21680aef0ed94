"""What has to happen in one step in Redis, as scripts that it runs there.

Keys that belong to a stream carry its name in braces, so that a cluster keeps them together.
"""

from __future__ import annotations

from typing import Final

DEAD_LETTERS: Final = 10_000
"""Rows that may be set aside; the oldest make room."""


def mark_key(stream: str, journal: str) -> str:
    """Name the key that says how far a journal is in the stream."""
    return f"{{{stream}}}:mark:{journal}"


def dead_key(stream: str) -> str:
    """Name the stream of rows that were set aside."""
    return f"{{{stream}}}:dead"


HAND_OVER: Final = """
-- Adds the rows that lie beyond the journal's mark, and moves the mark: all, or nothing.
-- KEYS: stream, mark. ARGV: most rows, seconds that the mark stays, where the mark is at least,
-- contract, traceparent, tracestate; then for each row its end, "1" if it may have been added
-- before, and the row.
local mark = redis.call('GET', KEYS[2]) or ''
if mark < ARGV[3] then return {-1, mark} end
local fresh = 0
for at = 7, #ARGV, 3 do
  if ARGV[at] > mark then fresh = fresh + 1 end
end
if fresh > 0 then
  if redis.call('XLEN', KEYS[1]) + fresh > tonumber(ARGV[1]) then return {-2, mark} end
  for at = 7, #ARGV, 3 do
    if ARGV[at] > mark then
      redis.call('XADD', KEYS[1], '*', 'row', ARGV[at + 2], 'contract', ARGV[4],
        'traceparent', ARGV[5], 'tracestate', ARGV[6], 'again', ARGV[at + 1])
    end
  end
  redis.call('SET', KEYS[2], ARGV[#ARGV - 2], 'EX', ARGV[2])
end
return {fresh, mark}
"""

RENEW: Final = """
-- Tells of each entry whether the worker still has it (1), it is gone (0) or another's (2); those
-- that it has count as just delivered. KEYS: stream. ARGV: group, worker, entries.
local states = {}
for at = 3, #ARGV do
  local id = ARGV[at]
  if #redis.call('XRANGE', KEYS[1], id, id) == 0 then
    states[#states + 1] = 0
  elseif #redis.call('XPENDING', KEYS[1], ARGV[1], id, id, 1, ARGV[2]) == 0 then
    states[#states + 1] = 2
  else
    redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, id, 'JUSTID')
    states[#states + 1] = 1
  end
end
return states
"""

SETTLE: Final = """
-- Takes entries out of the stream; tells of each whether it was there (1) or somebody else had
-- taken it out (0). KEYS: stream. ARGV: group, entries.
local there = {}
for at = 2, #ARGV do
  redis.call('XACK', KEYS[1], ARGV[1], ARGV[at])
  there[#there + 1] = redis.call('XDEL', KEYS[1], ARGV[at])
end
return there
"""

BURY: Final = """
-- Moves an entry to the dead letters. KEYS: stream, dead letters. ARGV: group, entry, reason, most
-- dead letters.
local found = redis.call('XRANGE', KEYS[1], ARGV[2], ARGV[2])
if #found > 0 then
  local fields = found[1][2]
  for _, part in ipairs({'reason', ARGV[3], 'entry', ARGV[2]}) do fields[#fields + 1] = part end
  redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[4], '*', unpack(fields))
end
redis.call('XACK', KEYS[1], ARGV[1], ARGV[2])
return redis.call('XDEL', KEYS[1], ARGV[2])
"""

LEAVE: Final = """
-- Removes workers that have nothing: the one named, and those silent for so many milliseconds.
-- KEYS: stream. ARGV: group, worker, milliseconds.
for _, worker in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
  local told = {}
  for at = 1, #worker, 2 do told[worker[at]] = worker[at + 1] end
  if told['pending'] == 0 and (told['name'] == ARGV[2] or told['idle'] >= tonumber(ARGV[3])) then
    redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], told['name'])
  end
end
return 0
"""
