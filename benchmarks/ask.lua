-- For wrk: asks the bodies of a file in turn, one a line, or without a file by GET. The outcome is one
-- JSON line.
local requests, asked = {}, 0

function init(args)
  if args[1] then
    wrk.method = "POST"
    wrk.headers["Content-Type"] = "application/json"
    for body in io.lines(args[1]) do
      requests[#requests + 1] = wrk.format(nil, nil, nil, body)
    end
  else
    requests[1] = wrk.format()
  end
end

function request()
  asked = asked % #requests + 1
  return requests[asked]
end

done = function(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"requests": %d, "seconds": %f, "failed": %d, "p50": %f, "p99": %f, "p999": %f, "highest": %f}\n',
    summary.requests, summary.duration / 1e6,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, latency:percentile(99.9) / 1e3,
    latency.max / 1e3))
end
