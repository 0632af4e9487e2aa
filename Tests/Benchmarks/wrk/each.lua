-- Asks each line of a list in turn, and begins again at its end.
-- A line: method, path, session token (- for none) and, where there is one, a JSON body.
local requests, at = {}, 0

function init(arguments)
  for line in io.lines(arguments[1]) do
    local method, path, token, body = line:match("^(%S+) (%S+) (%S+) ?(.*)$")
    local text = method .. " " .. path .. " HTTP/1.1\r\nHost: localhost\r\n"
    if token ~= "-" then text = text .. "x-sm-session-token: " .. token .. "\r\n" end
    if body ~= "" then
      text = text .. "Content-Type: application/json\r\nContent-Length: " .. #body .. "\r\n"
    end
    requests[#requests + 1] = text .. "\r\n" .. body
  end
end

function request()
  at = at % #requests + 1
  return requests[at]
end

function done(summary, latency)
  dofile(os.getenv("BENCH_REPORT"))(summary, latency)
end
